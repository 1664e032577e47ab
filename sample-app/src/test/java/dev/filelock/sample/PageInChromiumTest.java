package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page as a person sees it: a real browser, the real application, real processes. */
@Timeout(300)
class PageInChromiumTest {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final String HOSTILE = "<img src=x onerror=window.hostile=1>";

    @TempDir
    Path data;

    private Instance instance;
    private Browser browser;

    @BeforeEach
    void open() throws Exception {
        Browser.require();
        instance = Instance.startAt(freePort(), data, arguments());
        browser = Browser.start();
        instance.ready();
        browser.open(instance.address() + "/");
        eventually().until(() -> browser.text("connection").equals("Live"));
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
        if (instance != null) {
            instance.close();
        }
    }

    private static String[] arguments() {
        return new String[] {"--sample.work=40ms", "--sample.page.pause=30ms", "--sample.report.cron=-"};
    }

    /** One test, since a browser and an application are slow to start. */
    @Test
    void aPersonSeesTheLockBeingTakenAndPassedOn() throws Exception {
        contendedRunByKeyboard();
        killedHolderPassesTheLockOn();
        leftoverClaimIsBroken();
        nothingFromOutsideIsTakenForHtml();
        everybodyCanUseIt();
        assertThat(browser.complaints()).isEmpty();
        comesBackAfterARestart();
    }

    private void contendedRunByKeyboard() throws Exception {
        boolean python = pythonTakesPart();
        WebElement focused = null;
        for (int i = 0; i < 5 && (focused == null || !"contend".equals(focused.getAttribute("id"))); i++) {
            browser.driver().switchTo().activeElement().sendKeys(Keys.TAB);
            focused = browser.driver().switchTo().activeElement();
        }
        focused.sendKeys(Keys.ENTER);
        eventually().until(() -> browser.text("said").contains("The run has started"));
        assertThat(browser.driver().switchTo().activeElement().getAttribute("id"))
                .isEqualTo("contend");
        int turns = python ? 60 : 40;
        eventually().until(() -> browser.text("said").equals("The run is over: " + turns + " turns, nothing lost."));
        assertThat(browser.text("turns")).isEqualTo("" + turns);
        assertThat(browser.text("lost")).isEqualTo("0");
        assertThat(browser.text("overlaps")).isEqualTo("no two turns overlap");
        assertThat(browser.text("median")).matches("\\d.* m?s");
        browser.driver().findElement(By.cssSelector("input[value='120']")).sendKeys(Keys.SPACE);
        // Each turn is a bar of its process, in the lane of the lock and in the lane of the process.
        List<Turn> ledger = Files.readAllLines(data.resolve("ledger").resolve("alice.jsonl")).stream()
                .map(line -> Instance.JSON.readValue(line, Turn.class))
                .toList();
        ledger.stream().collect(Collectors.groupingBy(Turn::pid)).forEach((pid, ofPid) -> {
            assertThat(browser.ask("document.querySelectorAll('#timeline [data-pid=\"" + pid + "\"]').length"))
                    .isEqualTo(2L * ofPid.size());
            assertThat(ofPid).hasSize(20);
        });
        assertThat(timeline())
                .contains("Java, this service pid " + instance.pid(), "Java, second process pid ")
                .matches(text -> text.contains("Python, the script pid ") == python);
        assertThat(browser.ask("document.querySelectorAll('#timeline .overlap').length"))
                .isEqualTo(0L);
    }

    private boolean pythonTakesPart() {
        eventually().until(() -> !browser.text("python").startsWith("Looking"));
        boolean present = PythonScript.isPresent();
        assertThat(browser.text("python")).contains(present ? "Python takes part: filelock" : "pip install filelock");
        return present;
    }

    private void killedHolderPassesTheLockOn() throws Exception {
        press("hold");
        eventually().until(() -> browser.text("second").contains("has the lock and will not give it back"));
        String pid = browser.text("second").replaceAll("\\D+(\\d+)\\D.*", "$1");
        eventually().until(() -> browser.text("waiting").contains("2."));
        assertThat(browser.text("waiting"))
                .contains("1.", "2.", "ledger/alice.lock · blocked by Java, second process (pid " + pid + ")");
        assertThat(browser.text("held")).contains("Java, second process, pid " + pid);
        String age = heldSince();
        eventually().until(() -> !heldSince().equals(age)); // it grows
        browser.screenshot(SCREENSHOTS.resolve("holding.png"));

        press("kill");
        eventually()
                .until(() -> browser.text("said")
                        .matches("Process " + pid + " was killed while it had the lock\\. .+ had it\\."));
        eventually().until(() -> browser.text("second").equals("The second process is not running."));
        eventually().until(() -> browser.text("waiting").equals("Nobody waits."));
        assertThat(browser.ask("document.querySelectorAll('#timeline .killed').length"))
                .isEqualTo(2L);
        assertThat(browser.text("lost")).isEqualTo("0");
        assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    private void leftoverClaimIsBroken() {
        Path copy = data.resolve("archive").resolve("alice.jsonl");
        assertThat(browser.text("leftovers")).isEqualTo("No claim is left behind.");
        press("leave");
        eventually().until(() -> browser.text("leftovers").matches("Process \\d+ is dead and has left 2 records\\."));
        eventually().until(() -> browser.text("waiting").contains("archive/alice.lock · blocked by "));
        assertThat(copy).doesNotExist();
        press("break");
        eventually().until(() -> browser.text("said").startsWith("The claim is broken"));
        eventually().until(() -> browser.text("waiting").equals("Nobody waits."));
        eventually() // it is copied once it has waited
                .untilAsserted(() -> assertThat(copy)
                        .exists()
                        .hasSameTextualContentAs(data.resolve("ledger").resolve("alice.jsonl")));
        assertThat(browser.text("leftovers")).isEqualTo("No claim is left behind.");
        assertThat(browser.text("problem")).isEmpty();
    }

    /** As soon as it can be pressed: a scene may take a moment to be over. */
    private void press(String button) {
        WebElement element = browser.driver().findElement(By.id(button));
        eventually().until(() -> "false".equals(element.getAttribute("aria-disabled")));
        element.click();
    }

    private String heldSince() {
        // In one step: the page replaces the list's rows at any time.
        return String.valueOf(browser.ask("document.querySelector('#held .age')?.textContent"));
    }

    /** A language in the ledger, an account's name, a line that is no turn. */
    private void nothingFromOutsideIsTakenForHtml() throws Exception {
        Path ledger = data.resolve("ledger").resolve("alice.jsonl");
        try (HeldLock held =
                FileLock.of(data.resolve("ledger").resolve("alice.lock")).acquire(Duration.ofSeconds(60))) {
            List<String> lines = Files.readAllLines(ledger);
            Turn last = Instance.JSON.readValue(lines.get(lines.size() - 1), Turn.class);
            Turn hostile = new Turn(last.turn() + 1, HOSTILE, 1, null, Turn.now(), Turn.now(), 0, last.balance());
            Files.writeString(
                    ledger,
                    Instance.JSON.writeValueAsString(hostile) + "\n" + HOSTILE + "\n",
                    StandardOpenOption.APPEND);
        }
        instance.send(
                "POST",
                "/ledger/" + HOSTILE.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E") + "/hold?seconds=20");
        browser.click("table-summary");
        eventually().until(() -> browser.text("table").contains(HOSTILE));
        eventually().until(() -> browser.text("faults").contains("is torn: " + HOSTILE));
        eventually().until(() -> browser.text("held").contains("onerror"));
        assertThat(timeline()).contains(HOSTILE);
        assertThat(browser.text("lost")).isEqualTo("1"); // the line that is no turn
        assertThat(browser.ask("document.querySelectorAll('main img').length")).isEqualTo(0L);
        assertThat(browser.ask("typeof window.hostile")).isEqualTo("undefined");
    }

    private String timeline() {
        return (String) browser.ask("document.getElementById('timeline').textContent");
    }

    private void everybodyCanUseIt() throws Exception {
        for (String scheme : List.of("light", "dark")) {
            browser.prefer("prefers-color-scheme", scheme);
            assertThat(browser.accessibilityViolations()).as(scheme).isEmpty();
            browser.screenshot(SCREENSHOTS.resolve(scheme + ".png"));
        }
        browser.size(360, 800);
        assertThat(browser.accessibilityViolations()).as("on a phone").isEmpty();
        assertThat((long) browser.ask("document.documentElement.scrollWidth"))
                .as("nothing is wider than a phone")
                .isLessThanOrEqualTo(360);
        browser.screenshot(SCREENSHOTS.resolve("phone.png"));
    }

    private void comesBackAfterARestart() throws Exception {
        long before = instance.pid();
        int port = instance.address().getPort();
        instance.kill();
        eventually().until(() -> browser.text("connection").equals("Not connected, trying again"));
        instance = Instance.startAt(port, data, arguments()).ready();
        eventually().until(() -> browser.text("connection").equals("Live"));
        eventually().until(() -> timeline().contains("Java, this service pid " + instance.pid()));
        assertThat(timeline()).contains("Java, another process pid " + before);
        assertThat(browser.ask("window.hostile")).isNull();
    }

    /** Long enough for a machine that is busy with other builds. */
    private static ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(60));
    }

    /** None of those that the system gives to whoever connects: it has to stay free while the application is started again. */
    private static int freePort() {
        return new Random()
                .ints(20_000, 32_000)
                .limit(1000)
                .filter(PageInChromiumTest::isFree)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
