package dev.filelock.sample;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium with a profile of its own. Both programs have to be installed: nothing is downloaded. */
final class Browser implements AutoCloseable {
    private static final Optional<Path> CHROMIUM =
            find("FILELOCK_CHROMIUM", "chromium", "chromium-browser", "google-chrome", "chrome");
    private static final Optional<Path> DRIVER = find("FILELOCK_CHROMEDRIVER", "chromedriver");
    private static final String ADVICE =
            "This test needs Chromium or Chrome, and chromedriver. Install them, on Debian by "
                    + "'apt-get install chromium chromium-driver', or name them in FILELOCK_CHROMIUM and FILELOCK_CHROMEDRIVER";

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Skips the running test where there is no browser; fails it where {@code FILELOCK_REQUIRE_BROWSER} is true. */
    static void require() {
        if (CHROMIUM.isEmpty() || DRIVER.isEmpty()) {
            if (Boolean.parseBoolean(System.getenv("FILELOCK_REQUIRE_BROWSER"))) {
                Assertions.fail(ADVICE);
            }
            Assumptions.abort(ADVICE);
        }
    }

    static Browser start() throws IOException {
        // Not in a temporary directory of the test: Chromium may still write there while it ends.
        Path profile = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "chromium-");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.orElseThrow().toFile());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--user-data-dir=" + profile.toAbsolutePath());
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        File executable = DRIVER.orElseThrow().toFile();
        return new Browser(new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(executable)
                        .usingAnyFreePort()
                        .withTimeout(Duration.ofSeconds(90)) // on a machine that is busy with other builds
                        .build(),
                options));
    }

    private static Optional<Path> find(String variable, String... names) {
        String named = System.getenv(variable);
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        List<String> directories = List.of(System.getenv("PATH").split(File.pathSeparator));
        return Stream.of(names)
                .flatMap(name -> directories.stream().map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    void open(String address) {
        driver.get(address);
    }

    ChromeDriver driver() {
        return driver;
    }

    String text(String id) {
        return driver.findElement(By.id(id)).getText();
    }

    void click(String id) {
        driver.findElement(By.id(id)).click();
    }

    /** The value of a JavaScript expression. */
    Object ask(String expression) {
        return driver.executeScript("return " + expression);
    }

    /** How the user likes it: {@code prefers-color-scheme} and the like. */
    void prefer(String feature, String value) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", feature, "value", value))));
    }

    void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** The whole page, also what one would have to scroll to. */
    void screenshot(Path file) throws IOException {
        Object png = driver.executeCdpCommand(
                        "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
                .get("data");
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode((String) png));
    }

    /** What the console has got since the last call, besides mere information. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** What axe-core finds, one line for each rule that is broken. */
    @SuppressWarnings("unchecked")
    List<String> accessibilityViolations() {
        driver.executeScript(Axe.SCRIPT);
        return (List<String>) driver.executeAsyncScript("""
                const done = arguments[0];
                axe.run().then(
                  ({ violations, passes }) => done(passes.length < 10
                    ? ['axe checked next to nothing']
                    : violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.failureSummary + each.html)}`)),
                  (error) => done([String(error)]));
                """);
    }

    private static final class Axe {
        static final String SCRIPT = read();

        private static String read() {
            try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
                return new String(script.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
