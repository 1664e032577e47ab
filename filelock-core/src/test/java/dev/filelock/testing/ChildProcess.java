package dev.filelock.testing;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A process that a test talks to in lines. Every wait has a deadline, so that a test fails with what the process said rather than
 * hangs. Closing kills.
 */
public final class ChildProcess implements AutoCloseable {
    /** Long enough for a machine that is busy with other builds. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final String END = new String("end of output");

    private final List<String> command;
    private final Process process;
    private final BufferedWriter input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();

    private ChildProcess(List<String> command, Process process) {
        this.command = command;
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        collect(process.getInputStream(), lines, "output");
        collect(process.getErrorStream(), errors, "errors");
    }

    public static ChildProcess start(String... command) {
        return start(List.of(command));
    }

    public static ChildProcess start(List<String> command) {
        return start(new ProcessBuilder(command));
    }

    /** Starts what the builder describes; its redirections are left alone as long as they are pipes. */
    public static ChildProcess start(ProcessBuilder builder) {
        try {
            return new ChildProcess(List.copyOf(builder.command()), builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void collect(InputStream stream, Queue<String> target, String name) {
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader in =
                            new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                        for (String line = in.readLine(); line != null; line = in.readLine()) {
                            target.add(line);
                        }
                    } catch (IOException e) {
                        target.add("reading failed: " + e);
                    }
                    target.add(END);
                },
                "child-" + process.pid() + "-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public ChildProcess writeLine(String line) {
        try {
            input.write(line);
            input.newLine();
            input.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(failureText("did not take the line '" + line + "'"), e);
        }
    }

    /** Closes the process's standard input. */
    public void endInput() {
        try {
            input.close();
        } catch (IOException e) {
            throw new UncheckedIOException(failureText("did not let its input be closed"), e);
        }
    }

    /** The next line of output; fails at the deadline and at the end of the output. */
    public String readLine() {
        return readLine(DEADLINE);
    }

    public String readLine(Duration deadline) {
        String line = poll(deadline);
        if (line == null) {
            throw new AssertionError(failureText("wrote no line within " + deadline));
        } else if (isEnd(line)) {
            throw new AssertionError(failureText("ended instead of writing a line, " + exit()));
        }
        return line;
    }

    /** The next line must be this one. */
    public ChildProcess expectLine(String expected) {
        String line = readLine();
        if (!line.equals(expected)) {
            throw new AssertionError(failureText("wrote '" + line + "' where '" + expected + "' was expected"));
        }
        return this;
    }

    /** Says something and gives back what is answered. */
    public String ask(String line) {
        return writeLine(line).readLine();
    }

    /** Waits for the end and gives back the exit status; 128 + n after signal n. */
    public int waitFor() {
        return waitFor(DEADLINE);
    }

    public int waitFor(Duration deadline) {
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(failureText("did not end within " + deadline));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(failureText("was not waited for: the test was interrupted"), e);
        }
    }

    /** Waits for the end, which must be a success. */
    public void expectSuccess() {
        int status = waitFor();
        if (status != 0) {
            throw new AssertionError(failureText("ended with status " + status));
        }
    }

    /** SIGKILL, and waits until the process is gone. */
    public void kill() {
        process.destroyForcibly();
        waitFor();
    }

    /** SIGSTOP. Returns once it stands still, where the system tells. */
    public void suspend() {
        signal("STOP");
        Path status = Path.of("/proc", Long.toString(pid()), "stat");
        if (Files.exists(status)) {
            await().until(() -> Files.readString(status).contains(") T "));
        }
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    public void signal(String name) {
        try (ChildProcess kill = start("kill", "-" + name, Long.toString(pid()))) {
            kill.expectSuccess();
        }
    }

    /** What the process has written to its standard error so far. */
    public List<String> errorLines() {
        return errors.stream().filter(line -> !isEnd(line)).toList();
    }

    /** Kills the process and those it started. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        kill();
    }

    private @Nullable String poll(Duration deadline) {
        try {
            String line = lines.poll(deadline.toNanos(), TimeUnit.NANOSECONDS);
            if (line != null && isEnd(line)) {
                lines.add(line);
            }
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(failureText("was not listened to: the test was interrupted"), e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // the process may write the same words
    private static boolean isEnd(String line) {
        return line == END;
    }

    private String exit() {
        return process.isAlive() ? "though it still runs" : "with status " + process.exitValue();
    }

    private String failureText(String what) {
        String told = command.stream()
                .map(argument -> argument.length() > 200 ? argument.substring(0, 200) + "..." : argument)
                .collect(Collectors.joining(" "));
        return "process " + process.pid() + " (" + told + ") " + what + ". Its errors so far:\n"
                + String.join("\n", errorLines());
    }
}
