package dev.filelock;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who has a lock, as far as it could be found out from outside. Whatever is not known is null; where that is the process,
 * the remark says why.
 *
 * @param pid the holder's process id, in the PID namespace of {@code host}
 * @param host the host the process runs on, as the lock's record names it; null means this one
 * @param process the process by executable and script, such as {@code python3 import.py}; never its other arguments
 * @param user the user it runs as, or whose its record on disk is
 * @param thread the thread, where the holder is in this JVM
 * @param since when the hold began; the kernel doesn't tell that of its locks
 * @param remark what else the reader should know, such as {@code "a zombie: its parent has not reaped it"}; of an unknown process,
 *     why it is not known
 */
public record LockHolder(
        @Nullable Long pid,
        @Nullable String host,
        @Nullable String process,
        @Nullable String user,
        @Nullable String thread,
        @Nullable Instant since,
        @Nullable String remark) {

    /**
     * Somebody of whom nothing is known.
     *
     * @param reason why not, in words
     * @return a holder with this remark and nothing else
     */
    public static LockHolder unknown(String reason) {
        return new LockHolder(null, null, null, null, null, null, reason);
    }

    /**
     * Puts what is known into words, such as {@code pid 4711 (python3 import.py) of user alice on host build-3 for 42 s}.
     *
     * @param now the moment to count ages to
     * @return one line without a final stop
     */
    public String describe(Instant now) {
        StringBuilder text = new StringBuilder();
        if (thread != null) {
            text.append("thread '").append(thread).append("' of this JVM");
            if (pid != null) {
                text.append(" (pid ").append(pid).append(')');
            }
        } else if (pid != null) {
            text.append("pid ").append(pid);
            if (process != null) {
                text.append(" (").append(process).append(')');
            }
        } else {
            text.append("an unknown process");
        }
        if (user != null) {
            text.append(" of user ").append(user);
        }
        if (host != null) {
            text.append(" on host ").append(host);
        }
        if (since != null) {
            text.append(" for ").append(inWords(Duration.between(since, now)));
        }
        if (remark != null) {
            text.append(" (").append(remark).append(')');
        }
        return text.toString();
    }

    static String inWords(Duration time) {
        long millis = Math.max(0, TimeUnit.MILLISECONDS.convert(time));
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 10_000) {
            return millis % 1000 < 100 ? millis / 1000 + " s" : millis / 1000 + "." + millis % 1000 / 100 + " s";
        }
        long seconds = millis / 1000;
        if (seconds < 600) {
            return seconds + " s";
        }
        long minutes = seconds / 60;
        if (minutes < 600) {
            return minutes + " min";
        }
        long hours = minutes / 60;
        return hours < 240 ? hours + " h" : hours / 24 + " days";
    }
}
