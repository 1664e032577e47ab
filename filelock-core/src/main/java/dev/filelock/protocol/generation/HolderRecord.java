package dev.filelock.protocol.generation;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a participant shows of itself. Only the nonce changes, so that every rewriting has the same length and a torn one still
 * looks like a change.
 *
 * @param token the participant's
 * @param pid of its process, in the process's own PID namespace
 * @param host the host field
 * @param nonce fresh at every rewriting
 */
record HolderRecord(String token, long pid, String host, String nonce) {
    /** Whoever compares records looks at no more. */
    static final int MAX_BYTES = 4096;

    private static final Pattern FORM = Pattern.compile(
            "filelock-rw/1\ntoken=([0-9a-f]{32})\npid=([1-9][0-9]{0,9})\nhost=([!-~]{1,253})\nnonce=([0-9a-f]{32})\n");

    byte[] toBytes() {
        String text = "filelock-rw/1\ntoken=" + token + "\npid=" + pid + "\nhost=" + host + "\nnonce=" + nonce + "\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    HolderRecord withNonce(String fresh) {
        return new HolderRecord(token, pid, host, fresh);
    }

    /** For messages only: nothing is decided by what a record says. Null if it is not one, or half of one. */
    static @Nullable HolderRecord parse(byte[] bytes) {
        Matcher fields = FORM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        return fields.matches()
                ? new HolderRecord(fields.group(1), Long.parseLong(fields.group(2)), fields.group(3), fields.group(4))
                : null;
    }
}
