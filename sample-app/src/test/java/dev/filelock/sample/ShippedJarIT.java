package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as it is shipped, started as a user does. Run after it was packaged. */
@Timeout(300)
class ShippedJarIT {
    @TempDir
    Path data;

    @Test
    void itRunsWithoutAWarningOfTheJvm() throws Exception {
        try (Instance instance = Instance.startJar(jar(), data).ready()) {
            locksWork(instance);
            assertThat(instance.log()).doesNotContain("WARNING:").doesNotContain("AOT-processed");
        }
    }

    @Test
    void itRunsProcessedAheadOfTime() throws Exception {
        try (Instance instance =
                Instance.startJar(jar(), data, "-Dspring.aot.enabled=true").ready()) {
            assertThat(instance.log()).contains("AOT-processed SampleApplication");
            locksWork(instance);
            assertThat(instance.log()).doesNotContain("WARNING:");
        }
    }

    /** By the kernel through JNA, in a database through sqlite-jdbc, and as the endpoints see it. */
    private static void locksWork(Instance instance) {
        HttpResponse<String> appended =
                instance.send("POST", "/ledger/4711?amount=5").join();
        assertThat(appended.statusCode()).as(appended.body()).isLessThan(300);
        assertThat(instance.send("GET", "/prices").join().statusCode()).isEqualTo(200);
        assertThat(instance.get("/actuator/filelocks").path("state").asString()).isEqualTo("RUNNING");
        assertThat(instance.get("/actuator/health")
                        .path("components")
                        .path("filelock")
                        .path("status")
                        .asString())
                .isEqualTo("UP");
    }

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            List<Path> jars = files.filter(file -> file.getFileName().toString().matches("sample-app-.*\\.jar"))
                    .toList();
            assertThat(jars).as("the packaged application").hasSize(1);
            return jars.get(0).toAbsolutePath();
        }
    }
}
