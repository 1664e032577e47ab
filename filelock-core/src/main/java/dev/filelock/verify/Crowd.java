package dev.filelock.verify;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The contending processes of this host. */
final class Crowd implements Closeable {
    private static final long SECONDS_TO_END = 20;

    private final List<Process> processes = new ArrayList<>();

    void start(int size, InetSocketAddress referee, Path directory, Duration patience, Duration untilSeen)
            throws IOException {
        for (int i = 0; i < size; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-Dslf4j.internal.verbosity=ERROR",
                            "-cp",
                            absolute(System.getProperty("java.class.path")),
                            Contender.class.getName(),
                            referee.getHostString(),
                            Integer.toString(referee.getPort()),
                            directory.toString(),
                            Long.toString(patience.toMillis()),
                            Long.toString(untilSeen.toMillis()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }
    }

    private static String absolute(String classPath) {
        List<String> entries = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    /** Waits for all to end by themselves, as long as that takes; true if all did so in order. */
    boolean join() throws InterruptedException {
        boolean inOrder = true;
        for (Process process : processes) {
            inOrder &= process.waitFor() == 0;
        }
        return inOrder;
    }

    /** Gives those that are left some time to end, since a lock cut short may leave a file behind, and kills them then. */
    @Override
    public void close() {
        boolean interrupted = false;
        for (Process process : processes) {
            try {
                if (!interrupted && process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                    continue;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
            process.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
