package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The endpoints of one instance do what the README says, and say what went wrong. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "filelock.timeout=200ms",
            "sample.work=0ms",
            "sample.report.cron=-",
            "sample.report.minimum-hold=10m"
        })
class SampleApplicationTest {
    private static final Pattern CURL =
            Pattern.compile("curl (?:-X (?<method>[A-Z]+) )?\"?http://127\\.0\\.0\\.1:\\d+(?<path>[^\\s\"]*)");

    @TempDir
    static Path data;

    @DynamicPropertySource
    static void data(DynamicPropertyRegistry properties) {
        properties.add("sample.data", data::toString);
    }

    @LocalServerPort
    private int port;

    @Autowired
    private JsonMapper json;

    @Autowired
    private ReportJob report;

    @Autowired
    private StartupNotice notice;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void turnsAddUp() throws Exception {
        assertThat(send("POST", "/ledger/adds-up?amount=5").statusCode()).isEqualTo(201);
        JsonNode turn = read(send("POST", "/ledger/adds-up?amount=-2"));
        assertThat(turn.get("turn").asInt()).isEqualTo(2);
        assertThat(turn.get("balance").asInt()).isEqualTo(3);
        assertThat(turn.get("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(read(send("GET", "/ledger/adds-up"))).hasSize(2);
        assertThat(read(send("GET", "/ledger/adds-up/audit")).get("faults")).isEmpty();
    }

    @Test
    void whoWaitsTooLongIsToldWhoHoldsTheLock() throws Exception {
        HttpResponse<String> response;
        try (HeldLock held =
                FileLock.of(data.resolve("ledger").resolve("taken.lock")).acquire()) {
            response = send("POST", "/ledger/taken?amount=5");
        }
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
        JsonNode problem = read(response);
        assertThat(problem.get("detail").asString())
                .contains("taken.lock not acquired in 200 ms: held by thread '"
                        + Thread.currentThread().getName() + "' of this JVM");
        assertThat(problem.get("holders").get(0).get("thread").asString())
                .isEqualTo(Thread.currentThread().getName());
        assertThat(send("POST", "/ledger/taken?amount=5").statusCode()).isEqualTo(201);
    }

    @Test
    void badRequestsAreRefusedAndSayWhy() throws Exception {
        for (String path : List.of(
                "/ledger/..%3A?amount=5",
                "/ledger/Alice?amount=5",
                "/ledger/alice?amount=much",
                "/ledger/alice",
                "/ledger/alice/hold?seconds=100000")) {
            HttpResponse<String> response = send("POST", path);
            assertThat(response.statusCode()).as(path).isEqualTo(400);
            assertThat(read(response).get("detail").asString()).as(path).isNotBlank();
        }
        try (var files = Files.walk(data)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".jsonl") && name.startsWith("A"));
        }
    }

    @Test
    void aLedgerThatEndsInTheMiddleOfALineIsLeftAlone() throws Exception {
        Path ledger = data.resolve("ledger").resolve("half.jsonl");
        Files.writeString(ledger, "{\"turn\":1,");
        HttpResponse<String> response = send("POST", "/ledger/half?amount=5");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(read(response).get("detail").asString()).contains(ledger + " ends in the middle of a line");
        assertThat(ledger).content().isEqualTo("{\"turn\":1,");
        assertThat(read(send("GET", "/ledger/half/audit")).get("faults").get(0).asString())
                .startsWith("line 1 is torn");
        Files.delete(ledger);
    }

    @Test
    void aPriceIsSetAndRead() throws Exception {
        long before = read(send("GET", "/prices")).get("revision").asLong();
        assertThat(send("PUT", "/prices/pear?price=1.20").statusCode()).isEqualTo(200);
        JsonNode catalog = read(send("GET", "/prices"));
        assertThat(catalog.get("revision").asLong()).isEqualTo(before + 1);
        assertThat(catalog.get("prices").get("pear").decimalValue()).isEqualByComparingTo("1.20");
    }

    @Test
    void theReportLeavesOutAccountsInUseAndIsNotMadeTwiceInAPeriod() throws Exception {
        send("POST", "/ledger/free?amount=5");
        send("POST", "/ledger/used?amount=5");
        FileLock used = FileLock.of(data.resolve("ledger").resolve("used.lock"));
        try (HeldLock held = used.acquire()) {
            Thread scheduler = new Thread(() -> {
                try {
                    report.run();
                    report.run(); // by the same thread, as a scheduler does
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            scheduler.start();
            scheduler.join();
        }
        JsonNode reports = read(send("GET", "/report"));
        assertThat(reports.size()).isEqualTo(1);
        assertThat(reports.get(0).get("busy").get(0).asString()).isEqualTo("used");
        assertThat(reports.get(0).get("total").asLong()).isGreaterThanOrEqualTo(5);
    }

    @Test
    void everyAddressInTheReadmeAndInTheStartupNoticeAnswers() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String commands = readme + notice.text(port);
        assertThat(notice.text(port)).contains(data.toRealPath().toString(), "--server.port=" + (port + 1));
        List<String> answers = CURL.matcher(commands)
                .results()
                .map(curl -> answer(curl.group(1) == null ? "GET" : curl.group(1), curl.group(2)))
                .toList();
        assertThat(answers).hasSizeGreaterThan(10).allMatch(answer -> answer.matches("20\\d .*"));
        Pattern.compile("sample-app/\\S+\\.py")
                .matcher(commands)
                .results()
                .forEach(script ->
                        assertThat(Path.of("..").resolve(script.group())).exists());
    }

    private String answer(String method, String path) {
        try {
            String quick = path.replaceAll("seconds=\\d+", "seconds=0");
            return send(method, quick).statusCode() + " " + method + " " + quick;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode read(HttpResponse<String> response) {
        return json.readTree(response.body());
    }
}
