package dev.filelock.sample.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.put;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.context.WebApplicationContext;

/** Other web sites can neither press the buttons nor read the answers. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {"sample.work=0ms", "sample.report.cron=-"})
class PageProtectionTest {
    @TempDir
    static Path data;

    @DynamicPropertySource
    static void data(DynamicPropertyRegistry properties) {
        properties.add("sample.data", data::toString);
    }

    @Autowired
    private WebApplicationContext context;

    @Autowired
    private SameOriginFilter filter;

    @Autowired
    private Stage stage;

    private MockMvc mvc;

    @BeforeEach
    void build() {
        mvc = MockMvcBuilders.webAppContextSetup(context).addFilters(filter).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page/main.js", "/ledger/alice", "/ledger/%3Cimg%20src=x%3E", "/nowhere"})
    void everyAnswerForbidsForeignScriptsAndFrames(String path) throws Exception {
        mvc.perform(get(URI.create(path)).header("Host", "localhost:8080"))
                .andExpect(header().string("Content-Security-Policy", containsString("default-src 'none'")))
                .andExpect(header().string("Content-Security-Policy", containsString("script-src 'self';")))
                .andExpect(header().string("Content-Security-Policy", containsString("frame-ancestors 'none'")))
                .andExpect(header().string("Content-Security-Policy", containsString("require-trusted-types-for")))
                .andExpect(header().string("X-Content-Type-Options", "nosniff"))
                .andExpect(header().string("Cross-Origin-Resource-Policy", "same-origin"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "127.0.0.1.evil.example",
                "localhost@evil.example",
                "",
                "a b"
            })
    void aNameThatIsNotOursIsRefusedEvenForReading(String host) throws Exception {
        mvc.perform(get("/ledger/alice").header("Host", host))
                .andExpect(status().isForbidden())
                .andExpect(jsonPath("$.detail", containsString("Host '" + host + "' is not one of")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:8080", "localhost:9999", "LOCALHOST", "[::1]:8080"})
    void ourOwnNamesAreServed(String host) throws Exception {
        mvc.perform(get("/ledger/alice").header("Host", host)).andExpect(status().isOk());
    }

    @ParameterizedTest
    @CsvSource({
        "Origin, http://evil.example",
        "Origin, http://127.0.0.1:8081", // another service of this machine
        "Origin, https://127.0.0.1:8080",
        "Origin, null",
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site",
        "Sec-Fetch-Site, something new"
    })
    void whatComesFromAnotherSiteChangesNothing(String header, String value) throws Exception {
        for (String path : new String[] {
            "/page/contend",
            "/page/hold",
            "/page/kill",
            "/page/stop",
            "/page/leave",
            "/page/break",
            "/ledger/alice?amount=1"
        }) {
            mvc.perform(post(path).header("Host", "127.0.0.1:8080").header(header, value))
                    .andExpect(status().isForbidden())
                    .andExpect(jsonPath("$.detail", containsString("from another site")));
        }
        mvc.perform(put("/prices/pear?price=1").header("Host", "127.0.0.1:8080").header(header, value))
                .andExpect(status().isForbidden());
        assertThat(data.resolve("ledger").resolve("alice.jsonl")).doesNotExist();
    }

    @Test
    void ourOwnPageAndCurlAreServed() throws Exception {
        mvc.perform(post("/ledger/ours?amount=1")
                        .header("Host", "127.0.0.1:8080")
                        .header("Origin", "http://127.0.0.1:8080")
                        .header("Sec-Fetch-Site", "same-origin"))
                .andExpect(status().isCreated());
        mvc.perform(post("/ledger/ours?amount=1").header("Host", "127.0.0.1:8080"))
                .andExpect(status().isCreated());
    }

    /** As the README tells to do afterwards, but too early. */
    @Test
    void thePageOutlivesItsFiles() throws Exception {
        FileSystemUtils.deleteRecursively(data.resolve("archive"));
        assertThat(stage.status().leftovers()).isEmpty();
        Files.createDirectory(data.resolve("archive"));
    }

    @Test
    void buttonsAreNotPressedByReading() throws Exception {
        mvc.perform(get("/page/contend").header("Host", "localhost")).andExpect(status().isMethodNotAllowed());
    }

    @Test
    void whoPressesAButtonThatHasNothingToDoIsTold() throws Exception {
        mvc.perform(post("/page/kill").header("Host", "localhost"))
                .andExpect(status().isConflict())
                .andExpect(jsonPath("$.detail", containsString("no second process")));
        mvc.perform(post("/page/break").header("Host", "localhost"))
                .andExpect(status().isConflict())
                .andExpect(jsonPath("$.detail", containsString("no leftover claim")));
    }
}
