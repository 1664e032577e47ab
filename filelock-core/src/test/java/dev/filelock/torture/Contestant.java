package dev.filelock.torture;

import dev.filelock.LockBackend;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A process that contends, and its journal. */
final class Contestant implements AutoCloseable {
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

    static Contestant java(String name, Setup setup, Path notes, Path locks, long seed) throws IOException {
        Path journal = Files.createFile(notes.resolve(name + ".journal"));
        List<String> command = JavaPeer.command(List.of());
        command.addAll(List.of(
                Player.class.getName(),
                journal.toString(),
                notes.toString(),
                locks.toString(),
                Long.toString(seed),
                Integer.toString(setup.threads()),
                names(setup.backends())));
        return new Contestant(name, false, ChildProcess.start(command), journal);
    }

    static Contestant python(String name, Setup setup, Path notes, Path locks, long seed, Path script)
            throws IOException {
        Path journal = Files.createFile(notes.resolve(name + ".journal"));
        List<String> command = new ArrayList<>(PythonPeer.command());
        command.addAll(List.of(
                script.toString(),
                journal.toString(),
                notes.toString(),
                locks.toString(),
                Long.toString(seed),
                names(setup.backends())));
        return new Contestant(name, true, ChildProcess.start(command), journal);
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
        process.expectLine("ready");
    }

    void tellToStop() {
        process.writeLine("stop");
    }

    /** Waits until all its threads have left, which may take as long as their longest wait. */
    void awaitStopped(Duration deadline) {
        String line = process.readLine(deadline);
        if (!line.equals("stopped")) {
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
