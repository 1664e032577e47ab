package dev.filelock.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.LockBackend;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {

    @Test
    void needsNothingButADirectory() throws UsageException {
        Options options = Options.parse(List.of("/some/where"));

        assertThat(options.directory()).isEqualTo(Path.of("/some/where").toAbsolutePath());
        assertThat(options.backends()).containsExactly(LockBackend.values());
        assertThat(options.duration()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.processes()).isEqualTo(4);
        assertThat(options.hosts()).isEqualTo(1);
        assertThat(options.listen()).isNull();
        assertThat(options.join()).isNull();
    }

    @Test
    void takesWhatIsGiven() throws UsageException {
        Options options = Options.parse(List.of(
                "--backends",
                "soft,Native",
                "--duration",
                "5m",
                "--processes",
                "9",
                "--patience",
                "500ms",
                "--listen",
                "7700",
                "--hosts",
                "3",
                "here"));

        assertThat(options.backends()).containsExactly(LockBackend.NATIVE, LockBackend.SOFT);
        assertThat(options.duration()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.processes()).isEqualTo(9);
        assertThat(options.patience()).isEqualTo(Duration.ofMillis(500));
        assertThat(options.listen()).isEqualTo(new InetSocketAddress("0.0.0.0", 7700));
        assertThat(options.hosts()).isEqualTo(3);
    }

    @Test
    void expectsOneOtherHostWhereItListens() throws UsageException {
        assertThat(Options.parse(List.of("--listen", "build-3:7700", ".")).hosts())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--processes 2 | no directory is given",
                "one two | there are two directories",
                "--fast here | there is no option --fast",
                "here --duration | --duration needs a value",
                "--duration 10 here | --duration '10' is no time; write 500ms, 10s, 5m or 1h",
                "--processes 0 here | --processes '0' is no number from 1 to 64",
                "--processes 65 here | is no number from 1 to 64",
                "--backends fast here | 'fast' in --backends is no backend; there are native, soft",
                "--backends native, here | '' in --backends is no backend",
                "--join 7700 here | --join '7700' is no address; write build-3:7700",
                "--listen build-3 here | --listen 'build-3' is no address; write 7700 or build-3:7700",
                "--listen 70000 here | is no address",
                "--hosts 2 here | --hosts goes with --listen",
                "--join a:1 --duration 5s here | --duration can't be given with --join",
            })
    void refusesWhatItDoesNotUnderstandAndSaysWhatToWrite(String line, String message) {
        assertThatThrownBy(() -> Options.parse(List.of(line.split(" "))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message);
    }

    @Test
    void explainsEveryOptionItTakes() {
        assertThat(Options.HELP)
                .contains(
                        "--backends",
                        "--duration",
                        "--processes",
                        "--patience",
                        "--listen",
                        "--hosts",
                        "--join",
                        "--help");
    }
}
