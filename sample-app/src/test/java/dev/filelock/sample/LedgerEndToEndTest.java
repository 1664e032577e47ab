package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Two instances as processes, driven over HTTP, and the Python script, all on one directory. */
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LedgerEndToEndTest {
    private static final int CLIENTS = 4;
    private static final int TURNS = 12;
    private static final Duration REPORT_KEPT = Duration.ofMillis(600);

    @TempDir
    static Path data;

    private static Instance first;
    private static Instance second;

    @BeforeAll
    static void startTwoInstances() throws Exception {
        String[] arguments = {
            "--sample.work=3ms",
            "--filelock.timeout=60s", // nobody gives up because the machine is slow
            "--sample.report.cron=* * * * * *",
            "--sample.report.minimum-hold=" + REPORT_KEPT
        };
        first = Instance.start(data, arguments);
        second = Instance.start(data, arguments);
        first.ready();
        second.ready();
    }

    @AfterAll
    static void stop() {
        for (Instance instance : new Instance[] {first, second}) {
            if (instance != null) {
                instance.close();
            }
        }
    }

    @Test
    void twoInstancesLoseNothing() throws Exception {
        List<Turn> turns = contend("two");
        assertThat(turns).hasSize(2 * CLIENTS * TURNS).extracting(Turn::pid).contains(first.pid(), second.pid());
    }

    @Test
    void twoInstancesAndPythonLoseNothing() throws Exception {
        PythonScript.require();
        int count = 40;
        PythonScript python = PythonScript.start(data, "three", "--count", "" + count, "--work", "0.003");
        eventually()
                .until(() -> Files.exists(data.resolve("ledger").resolve("three.jsonl"))); // it is in the middle of it
        List<Turn> turns = contend("three", python);
        assertThat(turns)
                .hasSize(2 * CLIENTS * TURNS + count)
                .extracting(Turn::pid)
                .contains(first.pid(), second.pid(), python.pid());
        assertThat(turns).filteredOn(turn -> turn.language().equals("python")).hasSize(count);
    }

    /** Lets both instances, with several clients each, and what else was started append to an account at the same time. */
    private static List<Turn> contend(String account, PythonScript... others) throws Exception {
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (Instance instance : List.of(first, second)) {
            for (int client = 0; client < CLIENTS; client++) {
                CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
                for (int turn = 0; turn < TURNS; turn++) {
                    done = done.thenCompose(previous -> instance.send("POST", "/ledger/" + account + "?amount=7"))
                            .thenAccept(LedgerEndToEndTest::created);
                }
                clients.add(done);
            }
        }
        for (CompletableFuture<Void> client : clients) {
            client.get(90, TimeUnit.SECONDS);
        }
        int pythonTurns = 0;
        for (PythonScript other : others) {
            pythonTurns += other.expectSuccess().lines().count();
        }
        JsonNode audit = second.get("/ledger/" + account + "/audit");
        assertThat(audit.get("faults")).as("faults").isEmpty();
        assertThat(audit.get("balance").asLong()).isEqualTo(7L * 2 * CLIENTS * TURNS + pythonTurns);
        // What the instance says, read from the file once more.
        String ledger = Files.readString(data.resolve("ledger").resolve(account + ".jsonl"));
        assertThat(Audit.of(ledger, Instance.JSON).faults()).isEmpty();
        return ledger.lines()
                .map(line -> Instance.JSON.readValue(line, Turn.class))
                .toList();
    }

    @Test
    void noPriceIsLostAndNoReaderSeesHalfACatalog() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> writes = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> reads = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            for (Instance instance : List.of(first, second)) {
                writes.add(instance.send("PUT", "/prices/item-" + instance.pid() + "-" + i + "?price=1." + i));
                reads.add(instance.send("GET", "/prices"));
                reads.add(instance.send("GET", "/prices"));
            }
        }
        for (CompletableFuture<HttpResponse<String>> write : writes) {
            assertThat(write.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        for (CompletableFuture<HttpResponse<String>> read : reads) {
            assertThat(read.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            JsonNode catalog = Instance.json(read.join());
            assertThat(catalog.get("prices").size())
                    .isEqualTo(catalog.get("revision").asInt());
        }
        assertThat(second.get("/prices").get("revision").asInt()).isEqualTo(writes.size());
    }

    @Test
    void theReportIsMadeByOneInstanceInEachPeriod() {
        int before = second.get("/report").size();
        eventually().until(() -> second.get("/report").size() >= Math.min(before + 3, ReportController.SHOWN));
        JsonNode reports = first.get("/report");
        for (int i = 1; i < reports.size(); i++) {
            Instant start = Instant.parse(reports.get(i).get("start").asString());
            Instant previous = Instant.parse(reports.get(i - 1).get("start").asString());
            // Had both instances run when the clock struck, there would be nothing between them.
            assertThat(Duration.between(previous, start)).isGreaterThan(REPORT_KEPT.dividedBy(2));
        }
    }

    /** The last one, since the first instance does not survive it. */
    @Test
    @Order(Integer.MAX_VALUE)
    void waitersSeeTheHolderAndGoOnWhenItIsKilled() throws Exception {
        Path lock = data.resolve("ledger").resolve("held.lock");
        first.send("POST", "/ledger/held/hold?seconds=120");
        eventually().until(() -> entry(first, "held", lock).isPresent());

        CompletableFuture<HttpResponse<String>> waiter = second.send("POST", "/ledger/held?amount=3");
        eventually()
                .until(() -> entry(second, "waiting", lock)
                        .filter(entry -> entry.at("/blockedBy/0/pid").asLong() == first.pid())
                        .isPresent());
        assertThat(entry(first, "held", lock)).isPresent();
        assertThat(entry(second, "held", lock)).isEmpty();

        HttpResponse<String> refused =
                second.send("POST", "/ledger/held/hold?seconds=1").join(); // does not wait
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(Instance.json(refused).get("detail").asString())
                .contains(lock.getFileName() + " not acquired at once: held by pid " + first.pid());
        flockIsRefused(lock);
        PythonScript.ifPresent(() -> assertThat(
                        PythonScript.start(data, "held", "--timeout", "0.1").expectFailure())
                .contains(lock + " not acquired in 0.1 s"));
        assertThat(waiter).isNotDone();

        first.kill();
        HttpResponse<String> response = waiter.get(60, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(Instance.json(response).get("balance").asLong()).isEqualTo(3);
        PythonScript.ifPresent(
                () -> PythonScript.start(data, "held", "--count", "1").expectSuccess());
        assertThat(second.get("/ledger/held/audit").get("faults")).isEmpty();

        // The report goes on too, whichever instance made it so far.
        Instant killed = Instant.now();
        eventually().until(() -> {
            JsonNode reports = second.get("/report");
            JsonNode last = reports.get(reports.size() - 1);
            return last.get("pid").asLong() == second.pid()
                    && Instant.parse(last.get("start").asString()).isAfter(killed);
        });
    }

    /** Long enough for a machine that is busy with other builds. */
    private static ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(60));
    }

    private static void created(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    }

    private static Optional<JsonNode> entry(Instance instance, String list, Path lock) {
        JsonNode entries = instance.get("/actuator/filelocks").get(list);
        return IntStream.range(0, entries.size())
                .mapToObj(entries::get)
                .filter(entry ->
                        entry.get("path").asString().endsWith(lock.getFileName().toString()))
                .findFirst();
    }

    /** The command of util-linux, where there is one. */
    private static void flockIsRefused(Path lock) throws Exception {
        if (Files.isExecutable(Path.of("/usr/bin/flock"))) {
            Process flock = new ProcessBuilder("/usr/bin/flock", "-n", lock.toString(), "true").start();
            assertThat(flock.onExit().get(60, TimeUnit.SECONDS).exitValue()).isEqualTo(1);
        }
    }
}
