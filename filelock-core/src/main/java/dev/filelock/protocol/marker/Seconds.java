package dev.filelock.protocol.marker;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/** Durations as protocol 2 counts them: in seconds, as a double. */
final class Seconds {
    private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);

    private Seconds() {}

    /** The double nearest to it, as Python gets from the same number of seconds. */
    static double of(Duration duration) {
        return exact(duration).doubleValue();
    }

    /**
     * The nearest duration, or the longest there is.
     *
     * @param seconds finite, not negative
     */
    static Duration toDuration(double seconds) {
        BigDecimal exact = new BigDecimal(seconds).min(LONGEST);
        BigDecimal whole = exact.setScale(0, RoundingMode.FLOOR);
        BigDecimal nanos = exact.subtract(whole).movePointRight(9).setScale(0, RoundingMode.HALF_EVEN);
        return Duration.ofSeconds(whole.longValueExact()).plusNanos(nanos.longValueExact());
    }

    /** Such as {@code 30 s} or {@code 0.25 s}. */
    static String inWords(Duration duration) {
        return exact(duration)
                        .setScale(2, RoundingMode.HALF_EVEN)
                        .stripTrailingZeros()
                        .toPlainString() + " s";
    }

    private static BigDecimal exact(Duration duration) {
        return BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
    }
}
