package dev.filelock;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * An acquisition would have waited in vain: for the very call that asked for it, or for a thread of this JVM that waits, directly or
 * by way of others, for a lock that the caller holds. Nothing was acquired.
 *
 * <p>Where threads wait for each other, the stacks of the others are among the {@linkplain #getSuppressed() suppressed} throwables, so
 * that a log shows all of them.
 */
public final class LockDeadlockException extends FileLockException {
    private static final long serialVersionUID = 1L;

    private final transient List<Participant> participants;

    /**
     * One of the threads that waited for each other.
     *
     * @param thread its name
     * @param holds the lock file that it holds, for which the one before it waits; the first one's is waited for by the last
     * @param waitsFor the lock file that it waits for
     * @param stack where it was when that was found
     */
    public record Participant(String thread, Path holds, Path waitsFor, List<StackTraceElement> stack) {
        /** Copies the list. */
        public Participant {
            Objects.requireNonNull(thread, "thread");
            Objects.requireNonNull(holds, "holds");
            Objects.requireNonNull(waitsFor, "waitsFor");
            stack = List.copyOf(stack);
        }

        private String describe() {
            return "thread '" + thread + "' holds " + holds + " and waits for " + waitsFor;
        }
    }

    /**
     * Makes an exception of a call that would have waited for itself.
     *
     * @param path the lock file
     * @param message what would have waited for what, and what to do about it; names the path
     */
    public LockDeadlockException(Path path, String message) {
        super(path, message);
        this.participants = List.of();
    }

    /**
     * Makes an exception of threads that wait for each other, with the stack of the first one.
     *
     * @param participants at least one; the first is the one whose acquisition fails, and each waits for the next
     */
    public LockDeadlockException(List<Participant> participants) {
        super(participants.get(0).waitsFor(), message(participants));
        this.participants = List.copyOf(participants);
        setStackTrace(participants.get(0).stack().toArray(StackTraceElement[]::new));
        for (Participant other : participants.subList(1, participants.size())) {
            Throwable where = new Throwable(other.describe());
            where.setStackTrace(other.stack().toArray(StackTraceElement[]::new));
            addSuppressed(where);
        }
    }

    private static String message(List<Participant> participants) {
        return participants.get(0).waitsFor() + " would have been waited for in vain, for each waits for the next: "
                + participants.stream().map(Participant::describe).collect(Collectors.joining(", "))
                + ". Take the locks in the same order everywhere, or the second one by tryLock(time, unit)";
    }

    /**
     * The threads that waited for each other. Each waits for the next, and the last for the first, whose acquisition this is.
     *
     * @return empty where a call would have waited for itself; always empty after deserialisation
     */
    @SuppressWarnings("NullAway") // a transient field is null after deserialisation
    public List<Participant> participants() {
        return participants == null ? List.of() : participants;
    }
}
