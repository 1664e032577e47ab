package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A process that contends, and its journal. */
final class Contestant implements AutoCloseable {
    /** On a machine that has much else to do. */
    private static final Duration UNTIL_READY = Duration.ofMinutes(5);

    private final String name;
    private final boolean python;
    private final ChildProcess process;
    private final Path journal;
    private long read;
    private String partial = "";

    private Contestant(String name, boolean python, ChildProcess process, Path journal) {
        this.name = name;
        this.python = python;
        this.process = process;
        this.journal = journal;
    }

    static Contestant java(String name, Setup setup, Path notes, Path locks, long seed, @Nullable Path clock)
            throws IOException {
        Path journal = Files.createFile(notes.resolve(name + ".journal"));
        List<String> command = new ArrayList<>(Powers.prefix(setup.faults()));
        command.addAll(JavaPeer.command(List.of()));
        command.addAll(List.of(
                Player.class.getName(),
                journal.toString(),
                notes.toString(),
                locks.toString(),
                Long.toString(seed),
                Integer.toString(setup.threads()),
                names(setup.backends(false))));
        return new Contestant(name, false, start(command, clock, journal), journal);
    }

    static Contestant python(
            String name, Setup setup, Path notes, Path locks, long seed, @Nullable Path clock, Path script)
            throws IOException {
        Path journal = Files.createFile(notes.resolve(name + ".journal"));
        List<String> command = new ArrayList<>(Powers.prefix(setup.faults()));
        command.addAll(PythonPeer.command());
        command.addAll(List.of(
                script.toString(),
                journal.toString(),
                notes.toString(),
                locks.toString(),
                Long.toString(seed),
                names(setup.backends(true))));
        return new Contestant(name, true, start(command, clock, journal), journal);
    }

    private static String names(List<LockBackend> backends) {
        return backends.stream().map(LockBackend::name).collect(Collectors.joining(","));
    }

    String name() {
        return name;
    }

    boolean python() {
        return python;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void awaitReady() {
        expect("ready", UNTIL_READY);
    }

    void tellToStop() {
        process.writeLine("stop");
    }

    /** Waits until all its threads have left, which may take as long as their longest wait. */
    void awaitStopped(Duration deadline) {
        expect("stopped", deadline);
    }

    private void expect(String expected, Duration deadline) {
        String line = process.readLine(deadline);
        if (!line.equals(expected)) {
            throw new AssertionError(name + " said '" + line + "'");
        }
    }

    /** What its library says it holds and waits for. */
    String ask() {
        return process.ask("look");
    }

    void stop() {
        process.suspend();
    }

    void goOn() {
        process.resume();
    }

    /** How many descriptors it has. */
    int descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
            return (int) open.count();
        }
    }

    /** How many it may have, as {@link #limitOpen} takes it. */
    String mayOpen() throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid()), "limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .findFirst()
                .orElseThrow()
                .split("\\s+")[3];
    }

    void limitOpen(String descriptors) {
        ChildProcess.start("prlimit", "--pid=" + pid(), "--nofile=" + descriptors + ":")
                .expectSuccess();
    }

    /** How many inotify instances and watches it may have, in its user namespace. */
    void limitInotify(int most) {
        String limits = "/proc/sys/user/max_inotify_";
        ChildProcess.start(
                        "nsenter",
                        "--target=" + pid(),
                        "--user",
                        "--preserve-credentials",
                        "sh",
                        "-c",
                        "echo " + most + " > " + limits + "instances && echo " + most + " > " + limits + "watches")
                .expectSuccess();
    }

    /** Sets its wall clock off from that of the system. */
    void stepClock(long seconds) throws IOException {
        try (RandomAccessFile clock = new RandomAccessFile(clock(journal).toFile(), "rw")) {
            clock.write(
                    ByteBuffer.allocate(Long.BYTES) // at once: writeLong writes byte by byte, and the clock goes wild
                            .order(ByteOrder.nativeOrder())
                            .putLong(seconds)
                            .array());
        }
    }

    private static Path clock(Path journal) {
        return journal.resolveSibling(journal.getFileName() + ".clock");
    }

    private static ChildProcess start(List<String> command, @Nullable Path clockLibrary, Path journal)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        if (clockLibrary != null) {
            Path clock = Files.write(clock(journal), new byte[Long.BYTES]);
            builder.environment().put("LD_PRELOAD", clockLibrary.toString());
            builder.environment().put("TORTURE_CLOCK", clock.toString());
        }
        return ChildProcess.start(builder);
    }

    void kill() {
        process.kill();
    }

    List<String> errors() {
        return process.errorLines();
    }

    /** Hands on what it has written since the last time. */
    synchronized void collect(Ledger ledger) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(journal.toFile(), "r")) {
            byte[] bytes = new byte[(int) (file.length() - read)];
            file.seek(read);
            file.readFully(bytes);
            read += bytes.length;
            String text = partial + new String(bytes, StandardCharsets.UTF_8);
            int end = text.lastIndexOf('\n') + 1;
            partial = text.substring(end);
            text.substring(0, end).lines().forEach(line -> ledger.add(name, python, line));
        }
    }

    /** Notes that it died, at a time when it certainly still lived. */
    void noteEnd(Ledger ledger, long at, Map<LockBackend, Long> later) throws IOException {
        collect(ledger);
        ledger.ends(name, python, at, later);
    }

    @Override
    public void close() {
        process.close();
    }
}
