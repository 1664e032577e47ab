package dev.filelock.sample.page;

import dev.filelock.sample.Turn;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process that the page started. It ends when it is done, when it is killed, or after its time, whichever comes first; its input
 * ends with this JVM, by which {@link LedgerWorker} notices that nobody is left to end it.
 */
final class Child {
    private static final int KEPT_LINES = 20;

    private final Process process;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CompletableFuture<Void> over;
    private volatile @Nullable Instant killed;

    private Child(Process process, Consumer<String> lines) {
        this.process = process;
        this.over = CompletableFuture.runAsync(() -> read(lines), this::start);
    }

    /**
     * Starts a process.
     *
     * @param longest after this it is killed
     * @param lines is given what the process prints, line by line, on a thread of its own
     */
    static Child start(List<String> command, Duration longest, Consumer<String> lines) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Child child = new Child(process, lines);
        CompletableFuture.delayedExecutor(longest.toMillis(), TimeUnit.MILLISECONDS)
                .execute(child::kill);
        return child;
    }

    private void start(Runnable reader) {
        Thread thread = new Thread(reader, "output of " + process.pid());
        thread.setDaemon(true);
        thread.start();
    }

    /** Also keeps the pipe from filling up. */
    private void read(Consumer<String> lines) {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lastLines) {
                    lastLines.add(line);
                    if (lastLines.size() > KEPT_LINES) {
                        lastLines.remove();
                    }
                }
                lines.accept(line);
            }
        } catch (IOException e) {
            lines.accept(e.toString()); // the pipe broke: the process is gone, which is all that matters
        }
        process.onExit().join();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return !over.isDone();
    }

    /** Completes when the process is gone and all it printed was read. */
    CompletableFuture<Void> over() {
        return over;
    }

    /** It ended by itself, but not well: what it printed last says why. */
    boolean failed() {
        return !isAlive() && killed == null && process.exitValue() != 0;
    }

    /** When {@link #kill()} was called first, null if it was not. */
    @Nullable Instant killed() {
        return killed;
    }

    String lastWords() {
        synchronized (lastLines) {
            return String.join("\n", lastLines);
        }
    }

    /** SIGKILL: the process has no chance to give anything back. */
    synchronized void kill() {
        if (killed == null && process.isAlive()) {
            killed = Turn.now();
        }
        process.destroyForcibly();
    }
}
