package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Scanner;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Whatever the page started ends, however the application ends. */
@Timeout(240)
class PageProcessesTest {
    @TempDir
    Path data;

    private Instance instance;

    @AfterEach
    void kill() {
        instance.close();
    }

    @Test
    void theyEndWhenTheSceneIsStoppedAndWithTheApplication() throws Exception {
        start();
        post("/page/contend", 202);
        List<ProcessHandle> ofTheRun = running(1);
        assertThat(instance.send("POST", "/page/hold").join().statusCode()).isEqualTo(409);
        post("/page/stop", 202);
        eventually().until(() -> ofTheRun.stream().noneMatch(ProcessHandle::isAlive));
        eventually().until(() -> state(each -> true).at("/state/stage/scene").isNull());

        post("/page/hold", 202);
        List<ProcessHandle> waiting = running(all());
        instance.terminate();
        eventually().until(() -> waiting.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void theyEndWhenTheApplicationIsKilled() throws Exception {
        start();
        post("/page/hold", 202);
        List<ProcessHandle> processes = running(all());
        instance.kill();
        eventually().until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void theyEndAfterTheirTime() throws Exception {
        start("--sample.page.longest=2s");
        post("/page/hold", 202);
        List<ProcessHandle> processes = running(1);
        eventually().until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
        eventually().until(() -> state(each -> true).at("/state/stage/scene").isNull());
    }

    private void start(String... arguments) throws Exception {
        String[] all = Stream.concat(Stream.of("--sample.report.cron=-"), Stream.of(arguments))
                .toArray(String[]::new);
        instance = Instance.start(data, all).ready();
    }

    private void post(String path, int status) {
        HttpResponse<String> response = instance.send("POST", path).join();
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    }

    /** The second Java process, and Python where it takes part. */
    private static int all() {
        return PythonScript.isPresent() ? 2 : 1;
    }

    /** The processes the page says it has started, as soon as they are that many. */
    private List<ProcessHandle> running(int count) throws Exception {
        JsonNode pids =
                state(each -> each.at("/state/stage/running").size() >= count).at("/state/stage/running");
        return StreamSupport.stream(pids.spliterator(), false)
                .flatMap(pid -> ProcessHandle.of(pid.asLong()).stream())
                .toList();
    }

    /** The first message of the stream that is wanted. */
    private JsonNode state(Predicate<JsonNode> wanted) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(instance.address().resolve("/page/events"))
                .build();
        InputStream events = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofInputStream())
                .body();
        try (Scanner lines = new Scanner(events)) {
            while (lines.hasNextLine()) {
                String line = lines.nextLine();
                if (line.startsWith("data:{\"now\"")) {
                    JsonNode message = Instance.JSON.readTree(line.substring("data:".length()));
                    if (wanted.test(message)) {
                        return message;
                    }
                }
            }
        }
        throw new AssertionError("the stream ended");
    }

    /** Long enough for a machine that is busy with other builds. */
    private static ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(60));
    }
}
