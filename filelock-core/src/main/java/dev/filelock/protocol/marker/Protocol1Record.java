package dev.filelock.protocol.marker;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record of protocol 1: {@code pid LF host LF [start token LF]}.
 *
 * @param owner its PID namespace is not part of the text; it stands in an extended attribute
 */
record Protocol1Record(Owner owner) implements MarkerRecord {

    @Override
    public Kind kind() {
        return Kind.SOFT;
    }

    @Override
    public byte[] toBytes() {
        BigInteger start = owner.start();
        String text = owner.pid() + "\n" + owner.host() + "\n" + (start == null ? "" : start + "\n");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    Protocol1Record inPidNamespace(@Nullable String pidNamespace) {
        return new Protocol1Record(new Owner(owner.pid(), owner.host(), owner.start(), pidNamespace));
    }

    static @Nullable Protocol1Record parse(String text) {
        List<String> lines = PythonText.lines(text);
        if (lines.size() < 2 || lines.size() > 3) {
            return null;
        }
        BigInteger start = lines.size() == 3 ? PythonText.integer(lines.get(2)) : null;
        if (lines.size() == 3 && start == null) {
            return null;
        }
        Owner owner = Owner.of(PythonText.integer(lines.get(0)), lines.get(1), start, null);
        return owner == null ? null : new Protocol1Record(owner);
    }
}
