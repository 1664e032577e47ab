package dev.filelock.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.sample.PriceCatalog.Prices;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** The price catalog is whole at any moment, also for those who take no lock, and also after a kill -9 of its writer. */
@Timeout(240)
class PriceCatalogTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** So many that writing them takes a while. */
    private static final int PRICES = 20_000;

    @TempDir
    Path data;

    /** What somebody sees who reads without the lock is what a kill at that moment would leave. */
    @Test
    void noKillLeavesHalfAFile() throws Exception {
        TreeMap<String, BigDecimal> prices = new TreeMap<>();
        for (int i = 0; i < PRICES; i++) {
            prices.put("item-" + i, BigDecimal.valueOf(i, 2));
        }
        Path file = data.resolve("catalog.json");
        Files.writeString(file, JSON.writeValueAsString(new Prices(0, prices)));
        Files.writeString(data.resolve("catalog.json.next"), "{\"revision\":7,\"pri"); // what a killed writer left

        long before = 0;
        for (int round = 0; round < 2; round++) {
            Path log = data.resolve("writer-" + round + ".log");
            Process writer = startWriter(log);
            try {
                for (int seen = 0; seen < 200 || revision(file) < before + 20; seen++) {
                    assertThat(writer.isAlive()).as("%s goes on", log).isTrue();
                    assertThat(revision(file)).isGreaterThanOrEqualTo(before);
                }
            } finally {
                writer.destroyForcibly() // SIGKILL
                        .onExit()
                        .get(60, TimeUnit.SECONDS);
            }
            before = revision(file);
        }
    }

    @Test
    void aChangeReplacesTheFileAndLeavesNothingBesideIt() throws Exception {
        PriceCatalog catalog = new PriceCatalog(new SampleProperties(data, Duration.ZERO), JSON);
        assertThat(catalog.change("tea", new BigDecimal("2.50")).revision()).isEqualTo(1);
        assertThat(catalog.change("tea", new BigDecimal("3")).prices()).containsEntry("tea", new BigDecimal("3"));
        assertThat(catalog.read().revision()).isEqualTo(2);
        try (var files = Files.list(data)) {
            assertThat(files).containsExactly(data.resolve("catalog.json"));
        }
    }

    /** The revision of a file that has to be whole. */
    private static long revision(Path file) throws IOException {
        Prices prices = JSON.readValue(Files.readString(file), Prices.class);
        assertThat(prices.prices()).hasSize(PRICES);
        return prices.revision();
    }

    private Process startWriter(Path log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1", // starts faster
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        "--sample.data=" + data)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Changes one price after the other, under the lock, until it is killed. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableConfigurationProperties(SampleProperties.class)
    @Import(PriceCatalog.class)
    static class Writer {
        public static void main(String[] arguments) throws Exception {
            var context = new SpringApplicationBuilder(Writer.class)
                    .web(WebApplicationType.NONE)
                    .run(arguments);
            PriceCatalog catalog = context.getBean(PriceCatalog.class);
            for (int i = 0; ; i++) {
                catalog.change("item-" + i % PRICES, BigDecimal.valueOf(i, 2));
            }
        }
    }
}
