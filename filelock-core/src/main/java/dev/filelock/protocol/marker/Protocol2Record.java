package dev.filelock.protocol.marker;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record of protocol 2: {@code filelock/2} and lines of {@code key=value}, in the order in which they are written here.
 *
 * @param mode {@value #EXCLUSIVE}, {@value #LEASE}, or what a version to come may write
 * @param token names one acquisition; null if there is none
 * @param duration of a lease, in seconds; null if there is none
 */
record Protocol2Record(
        Owner owner,
        String mode,
        @Nullable String token,
        @Nullable Double duration) implements MarkerRecord {

    static final String FIRST_LINE = "filelock/2";

    private static final String EXCLUSIVE = "exclusive";
    private static final String LEASE = "lease";

    static Protocol2Record exclusive(Owner owner) {
        return new Protocol2Record(owner, EXCLUSIVE, null, null);
    }

    static Protocol2Record lease(Owner owner, String token, double duration) {
        return new Protocol2Record(owner, LEASE, token, duration);
    }

    @Override
    public Kind kind() {
        return switch (mode) {
            case EXCLUSIVE -> Kind.EXCLUSIVE;
            case LEASE -> Kind.LEASE;
            default -> Kind.UNKNOWN;
        };
    }

    /** The PID namespace, a key of ours that peers ignore, stands before the mode: without a mode it is no record yet. */
    @Override
    public byte[] toBytes() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        line(text, "pid", owner.pid());
        line(text, "host", owner.host());
        line(text, "pidns", owner.pidNamespace());
        line(text, "mode", mode);
        line(text, "token", token);
        line(text, "duration", duration == null ? null : PythonText.repr(duration));
        line(text, "start", owner.start());
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void line(StringBuilder text, String key, @Nullable Object value) {
        if (value != null) {
            text.append(key).append('=').append(value).append('\n');
        }
    }

    static @Nullable Protocol2Record parse(String text) {
        List<String> lines = PythonText.lines(text);
        if (!lines.get(0).equals(FIRST_LINE)) {
            return null;
        }
        Map<String, String> values = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                return null;
            }
            values.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return of(values);
    }

    private static @Nullable Protocol2Record of(Map<String, String> values) {
        String host = values.getOrDefault("host", "");
        String mode = values.get("mode");
        BigInteger pid = PythonText.integer(values.getOrDefault("pid", ""));
        String startText = values.get("start");
        BigInteger start = startText == null ? null : PythonText.integer(startText);
        String durationText = values.get("duration");
        Double duration = durationText == null ? null : PythonText.real(durationText);
        Owner owner = Owner.of(pid, host, start, values.get("pidns"));
        if (owner == null
                || host.isEmpty()
                || mode == null
                || (start == null && startText != null)
                || (duration == null && durationText != null)) {
            return null;
        }
        Protocol2Record record = new Protocol2Record(owner, mode, values.get("token"), duration);
        return record.kind() != Kind.LEASE || record.isLease() ? record : null;
    }

    private boolean isLease() {
        return token != null && duration != null && Double.isFinite(duration) && duration > 0;
    }
}
