package dev.filelock.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A {@link Player} of any language, as seen from here. */
final class PlayerProcess implements AutoCloseable {
    private final Process process;
    private final BufferedWriter in;
    private final BufferedReader out;

    private PlayerProcess(List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = process.outputWriter(StandardCharsets.UTF_8);
        out = process.inputReader(StandardCharsets.UTF_8);
        String ready = out.readLine();
        if (!"ready".equals(ready)) {
            close();
            throw new IOException(command + " did not get ready but said " + ready);
        }
    }

    static PlayerProcess java(Kind kind, Path path) throws IOException {
        return new PlayerProcess(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dlogback.configurationFile=logback-bench.xml",
                Peers.RESOLVER_THAT_EXCLUDES,
                "-cp",
                System.getProperty("java.class.path"),
                Player.class.getName(),
                kind.name(),
                path.toString()));
    }

    static PlayerProcess python(Peers peers, Kind kind, Path path) throws IOException {
        return new PlayerProcess(
                List.of(peers.python().orElseThrow(), peers.pythonPlayer().toString(), kind.name(), path.toString()));
    }

    static PlayerProcess c(Peers peers, Path path) throws IOException {
        return new PlayerProcess(List.of(peers.cPlayer().orElseThrow().toString(), path.toString()));
    }

    void send(String line) throws IOException {
        in.write(line);
        in.newLine();
        in.flush();
    }

    String receive() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("process " + process.pid() + " ended");
        }
        return line;
    }

    long ask(String line) throws IOException {
        send(line);
        return Long.parseLong(receive());
    }

    long[] receiveAll() throws IOException {
        return Arrays.stream(receive().split(" "))
                .filter(word -> !word.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
