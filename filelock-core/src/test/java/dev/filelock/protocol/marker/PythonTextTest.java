package dev.filelock.protocol.marker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.PythonPeer;
import java.math.BigDecimal;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers are written and read as Python does both. */
class PythonTextTest {

    @ParameterizedTest
    @CsvSource({
        "30, 30.0",
        "0.1, 0.1",
        "0.3333333333333333, 0.3333333333333333",
        "0.001, 0.001",
        "0.0001, 0.0001",
        "1e-5, 1e-05",
        "0.00012345, 0.00012345",
        "1.5e-7, 1.5e-07",
        "1e15, 1000000000000000.0",
        "1e16, 1e+16",
        "1.25e16, 1.25e+16",
        "1e100, 1e+100",
        "123456.789, 123456.789",
        "2.5, 2.5",
        "100, 100.0",
        "4.9e-324, 5e-324",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "2e-3, 0.002",
        "-2.5, -2.5",
        "0, 0.0",
        "-0.0, -0.0",
        "9007199254740993, 9007199254740992.0",
        "5e-324, 5e-324",
        "2.2250738585072014e-308, 2.2250738585072014e-308"
    })
    void writesTheShortestDecimal(double number, String repr) {
        assertThat(PythonText.repr(number)).isEqualTo(repr);
    }

    @Test
    void writesWhatReadsAsTheSameNumber() {
        Random random = new Random(52);
        randomNumbers(random, 20_000).forEach(number -> {
            String repr = PythonText.repr(number);
            assertThat(Double.parseDouble(repr)).as(repr).isEqualTo(number);
            assertThat(PythonText.real(repr)).as(repr).isEqualTo(number);
        });
    }

    @Test
    void writesEveryNumberAsPythonDoes() {
        double[] numbers = randomNumbers(new Random(408), 20_000).toArray();
        try (ChildProcess python = PythonPeer.start("""
                import sys
                for line in sys.stdin:
                    print(repr(float.fromhex(line)))
                """)) {
            for (int from = 0; from < numbers.length; from += 500) {
                for (int i = from; i < from + 500; i++) {
                    python.writeLine(Double.toHexString(numbers[i]));
                }
                for (int i = from; i < from + 500; i++) {
                    assertThat(PythonText.repr(numbers[i]))
                            .as(Double.toHexString(numbers[i]))
                            .isEqualTo(python.readLine());
                }
            }
        }
    }

    /** Of all sizes, those near powers of two among them, and as many of the kind that durations are. */
    private static DoubleStream randomNumbers(Random random, int count) {
        return DoubleStream.generate(() -> switch (random.nextInt(4)) {
                    case 0 -> Math.abs(Double.longBitsToDouble(random.nextLong()));
                    case 1 -> Math.scalb(1.0, random.nextInt(600) - 300) + random.nextInt(3) * Math.ulp(1.0);
                    case 2 -> Math.scalb(1.0, random.nextInt(2000) - 1000);
                    default ->
                        BigDecimal.valueOf(random.nextInt(1_000_000_000), random.nextInt(10))
                                .doubleValue();
                })
                .filter(Double::isFinite)
                .limit(count);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'30' | 30",
                "'30.0' | 30",
                "' 1_0.5e1 ' | 105",
                "'\u0663' | 3",
                "'.5' | 0.5",
                "'5.' | 5",
                "'+5' | 5",
                "'-5' | -5",
                "'1E+02' | 100",
                "'\u00a05\u3000' | 5",
                "'1e999' | Infinity",
                "'1e-999' | 0",
                "'inf' | Infinity",
                "'-INFINITY' | -Infinity",
                "'nan' | NaN"
            })
    void readsRealsAsFloatDoes(String text, double number) {
        assertThat(PythonText.real(text)).isEqualTo(Double.valueOf(number));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "x", "1_.5", "_1", "1__0", "1_", "0x1p3", "1e", "e1", ".", "1.5.2", "infin", "1f", "1d", "- 1",
                "1 2", "\u001f1", "1,5", "--1"
            })
    void readsNoRealsThatFloatDoesNotRead(String text) {
        assertThat(PythonText.real(text)).isNull();
    }
}
