package dev.filelock.spring;

import java.time.Duration;
import java.util.Locale;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * A duration as it is written in properties and in {@link FileLocked}: {@code 10s}, {@code 1m30s}, {@code PT10S}, {@code 0}, or
 * {@code -1} for ever. The units are {@code ns}, {@code us}, {@code ms}, {@code s}, {@code m}, {@code h} and {@code d}.
 *
 * <p>A number without a unit is refused, other than {@code 0} and {@code -1}: half the world reads it as seconds. So is a negative
 * duration other than {@code -1}, which would be for ever too.
 *
 * @param value the duration; negative: no limit, or never, as the property says
 */
public record LockDuration(Duration value) {

    /**
     * Reads a duration.
     *
     * @param text such as {@code 10s}
     * @return the duration
     * @throws IllegalArgumentException if the text is no duration, has no unit, or is negative but not {@code -1}; the message says what
     *     to write
     */
    public static LockDuration of(String text) {
        String trimmed = text.trim();
        if (trimmed.equals("0")) {
            return new LockDuration(Duration.ZERO);
        }
        if (trimmed.equals("-1")) {
            return new LockDuration(Duration.ofMillis(-1));
        }
        if (trimmed.matches("[+-]?\\d+")) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no unit; write " + trimmed + "s, or " + trimmed + "ms");
        }
        Duration value = parse(text, trimmed);
        if (value.isNegative()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is negative; write -1 for no limit, or a time such as 5s");
        }
        return new LockDuration(value);
    }

    private static Duration parse(String text, String trimmed) {
        try {
            return DurationFormatterUtils.detectAndParse(trimmed.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException("'" + text
                    + "' is not a duration; write it like 10s, 500ms, 1m30s or PT10S, 0 for a single attempt, or -1 for "
                    + "ever"); // without its cause, whose bare words Spring Boot would show instead
        }
    }

    @Override
    public String toString() {
        return value.isNegative() ? "-1" : value.toString();
    }
}
