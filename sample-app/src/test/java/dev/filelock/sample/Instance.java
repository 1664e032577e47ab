package dev.filelock.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The sample application as a process of its own. Closing kills it. */
final class Instance implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.shared();

    private static final Pattern ADDRESS = Pattern.compile("sample: (http://\\S+) ");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final StringBuffer log = new StringBuffer();
    private final CompletableFuture<String> address = new CompletableFuture<>();

    private Instance(Process process) {
        this.process = process;
        Thread reader = new Thread(this::readLog, "log of instance " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** On a port that is free. */
    static Instance start(Path data, String... arguments) throws IOException {
        return startAt(0, data, arguments);
    }

    static Instance startAt(int port, Path data, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1", // starts faster
                "-cp",
                System.getProperty("java.class.path"),
                SampleApplication.class.getName(),
                "--server.port=" + port,
                "--sample.data=" + data));
        command.addAll(List.of(arguments));
        return new Instance(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** From the jar that is shipped, whose manifest has to do without the help of the command line. */
    static Instance startJar(Path jar, Path data, String... jvmOptions) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(jvmOptions));
        command.addAll(List.of("-jar", jar.toString(), "--server.port=0", "--sample.data=" + data));
        return new Instance(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** What it has said until now, on both streams. */
    String log() {
        return log.toString();
    }

    /** Also keeps the pipe from filling up. */
    private void readLog() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.append(line).append('\n');
                Matcher matcher = ADDRESS.matcher(line);
                if (matcher.find()) {
                    address.complete(matcher.group(1));
                }
            }
        } catch (IOException e) {
            log.append(e).append('\n');
        }
        address.completeExceptionally(new AssertionError("The instance ended:\n" + log));
    }

    /** Waits until the instance serves. */
    Instance ready() throws Exception {
        address.get(180, TimeUnit.SECONDS);
        return this;
    }

    long pid() {
        return process.pid();
    }

    URI address() {
        return URI.create(address.join());
    }

    CompletableFuture<HttpResponse<String>> send(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address.join() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(60))
                .build();
        return HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    JsonNode get(String path) {
        HttpResponse<String> response = send("GET", path).join();
        if (response.statusCode() != 200) {
            throw new AssertionError("GET " + path + " gave " + response.statusCode() + " " + response.body());
        }
        return json(response);
    }

    static JsonNode json(HttpResponse<String> response) {
        return JSON.readTree(response.body());
    }

    /** SIGTERM, and waits until the process is gone. */
    void terminate() {
        process.destroy();
        process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** SIGKILL, and waits until the process is gone. */
    void kill() {
        process.destroyForcibly().onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        kill();
    }
}
