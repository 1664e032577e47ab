package dev.filelock.protocol.marker;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * The process that a marker names.
 *
 * @param pid 1 to 2<sup>31</sup> − 1, in the PID namespace of its writer
 * @param host the host field as written, compared verbatim
 * @param start names the incarnation of the process; null if the marker has none
 * @param pidNamespace as a Java writer recorded it, decimal text; null if none is recorded
 */
record Owner(
        int pid,
        String host,
        @Nullable BigInteger start,
        @Nullable String pidNamespace) {

    private static final BigInteger MAX_PID = BigInteger.valueOf(Integer.MAX_VALUE);

    Owner withoutStart() {
        return new Owner(pid, host, null, pidNamespace);
    }

    /** As read; null if the process id is none. */
    static @Nullable Owner of(
            @Nullable BigInteger pid, String host, @Nullable BigInteger start, @Nullable String pidNamespace) {
        return pid == null || pid.signum() <= 0 || pid.compareTo(MAX_PID) > 0
                ? null
                : new Owner(pid.intValue(), host, start, pidNamespace);
    }
}
