package dev.filelock.protocol.marker;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How Python reads and writes what stands in a marker: its {@code strip}, {@code splitlines}, {@code int}, {@code float} and
 * {@code repr} decide what two implementations must agree on.
 */
final class PythonText {
    private static final Pattern LINE_END = Pattern.compile("\r\n|[\n\u000b\f\r\u001c-\u001e\u0085\u2028\u2029]");

    /** White space within a line as Python's numbers ignore it; unlike {@code strip} they mind U+001F. */
    private static final String BLANKS = "[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*";

    private static final String DIGITS = "\\p{Nd}(?:_?\\p{Nd})*";

    private static final Pattern INTEGER = Pattern.compile(BLANKS + "([+-]?" + DIGITS + ")" + BLANKS);

    private static final Pattern REAL = Pattern.compile(BLANKS
            + "([+-]?(?:(?:" + DIGITS + "(?:\\.(?:" + DIGITS + ")?)?|\\." + DIGITS + ")(?:[eE][+-]?" + DIGITS
            + ")?|(?i:inf(?:inity)?|nan)))" + BLANKS);

    /** No number of fewer digits is needed to tell one double from the next. */
    private static final int MOST_DIGITS = 17;

    private PythonText() {}

    /** The lines of a text without the white space around it; at least one. */
    static List<String> lines(String text) {
        return List.of(LINE_END.split(strip(text), -1));
    }

    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    /** White space as Unicode and Python see it; {@link Character#isWhitespace} leaves out the no-break spaces and U+0085. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    /** As {@code int} reads it; null if it does not. */
    static @Nullable BigInteger integer(String text) {
        Matcher matcher = INTEGER.matcher(text);
        return matcher.matches() ? new BigInteger(plain(matcher.group(1))) : null;
    }

    /** As {@code float} reads it; null if it does not. */
    static @Nullable Double real(String text) {
        Matcher matcher = REAL.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        String number = plain(matcher.group(1));
        char last = Character.toLowerCase(number.charAt(number.length() - 1));
        if (last == 'n') {
            return Double.NaN;
        } else if (last == 'f' || last == 'y') {
            return number.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return Double.valueOf(number);
    }

    /** With digits of ASCII only, and none but a minus sign that Java wants to see. */
    private static String plain(String number) {
        StringBuilder plain = new StringBuilder();
        number.codePoints().filter(point -> point != '_').forEach(point -> {
            int digit = Character.digit(point, 10);
            if (digit >= 0) {
                plain.append(digit);
            } else {
                plain.appendCodePoint(point);
            }
        });
        return plain.charAt(0) == '+' ? plain.substring(1) : plain.toString();
    }

    /**
     * As {@code repr} writes it: the shortest decimal that reads as this number, and of several the nearest to it.
     *
     * @param number finite
     */
    static String repr(double number) {
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = shortest(Math.abs(number)).stripTrailingZeros();
        String digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        return (number < 0 ? "-" : "")
                + (exponent < -4 || exponent >= 16 ? scientific(digits, exponent) : positional(digits, exponent));
    }

    /** {@link Double#toString} did not find it before JDK 19. */
    private static BigDecimal shortest(double number) {
        BigDecimal exact = new BigDecimal(number);
        for (int digits = 1; digits < MOST_DIGITS; digits++) {
            MathContext[] nearestFirst = {
                new MathContext(digits, RoundingMode.HALF_EVEN),
                new MathContext(digits, RoundingMode.FLOOR),
                new MathContext(digits, RoundingMode.CEILING)
            };
            for (MathContext rounding : nearestFirst) {
                BigDecimal rounded = exact.round(rounding);
                if (rounded.doubleValue() == number) {
                    return rounded;
                }
            }
        }
        return exact.round(new MathContext(MOST_DIGITS, RoundingMode.HALF_EVEN));
    }

    private static String positional(String digits, int exponent) {
        if (exponent < 0) {
            return "0." + "0".repeat(-exponent - 1) + digits;
        }
        int whole = exponent + 1;
        return digits.length() > whole
                ? digits.substring(0, whole) + "." + digits.substring(whole)
                : digits + "0".repeat(whole - digits.length()) + ".0";
    }

    private static String scientific(String digits, int exponent) {
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
