package dev.filelock.os;

import dev.filelock.protocol.Detached;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Links native calls when they are first needed, once. A failure is remembered and told to every later caller in the same words,
 * where Java itself would answer a second try with a bare {@link NoClassDefFoundError}.
 */
final class NativeLink<T> {
    interface Linking<T> {
        T link() throws IOException;
    }

    private final Linking<T> linking;
    private volatile @Nullable T linked;
    private @Nullable NativeAccessException failure;

    NativeLink(Linking<T> linking) {
        this.linking = linking;
    }

    /** @throws NativeAccessException if the calls can't be made */
    T get() {
        T result = linked;
        return result != null ? result : link();
    }

    private synchronized T link() {
        if (failure != null) {
            throw new NativeAccessException(String.valueOf(failure.getMessage()), failure);
        }
        if (linked == null) {
            Detached.run(this::linkOnce); // JNA starts a thread that stays
        }
        if (failure != null) {
            throw failure;
        }
        return Objects.requireNonNull(linked);
    }

    private void linkOnce() {
        boolean interrupted = Thread.interrupted(); // JNA swallows it where it waits for ldconfig
        try {
            linked = linking.link();
        } catch (IOException | RuntimeException | LinkageError e) {
            failure = new NativeAccessException(explain(e), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static String explain(Throwable failure) {
        return "the system calls that a lock needs can't be made from this JVM: " + reason(failure)
                + ". Or choose NativeAccess.RANGE_LOCK, for this and for every other process that shares the lock files";
    }

    private static String reason(Throwable failure) {
        StringBuilder causes = new StringBuilder();
        Throwable root = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.append(cause).append('\n');
            root = cause;
        }
        if (causes.indexOf("IllegalCallerException") >= 0) {
            return "it denies native access (" + root.getMessage() + "). Start it with "
                    + "--enable-native-access=ALL-UNNAMED, or put 'Enable-Native-Access: ALL-UNNAMED' into the manifest of "
                    + "the executable jar; if JNA is on the module path, start it with --enable-native-access=com.sun.jna";
        } else if (causes.indexOf("ClassNotFoundException: com.sun.jna") >= 0) {
            return "JNA is not on the class path. Add net.java.dev.jna:jna";
        } else if (failure instanceof LinkageError) {
            return "JNA could not be loaded (" + root.getMessage() + "). If the temporary directory, "
                    + System.getProperty("java.io.tmpdir") + ", is not writable or mounted noexec, start the JVM with "
                    + "-Djna.tmpdir=<a directory that allows executable files>";
        } else {
            return Objects.requireNonNullElse(root.getMessage(), root.toString());
        }
    }
}
