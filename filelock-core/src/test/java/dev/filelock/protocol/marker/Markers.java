package dev.filelock.protocol.marker;

import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What tests of marker locks put on disk and ask of it. */
final class Markers {
    /** No system gives out numbers this high. */
    static final int DEAD_PID = Integer.MAX_VALUE;

    static final String HERE = Processes.system().hostField();

    private Markers() {}

    static LockFile soft(Path path) {
        return soft(path, OsFiles.system(), new ProcessesAsSeen());
    }

    static LockFile soft(Path path, OsFiles files) {
        return soft(path, files, new ProcessesAsSeen());
    }

    static LockFile soft(Path path, OsFiles files, Processes processes) {
        return MarkerProtocol.soft(() -> files, processes, Time.system()).open(path, LockOptions.defaults());
    }

    static @Nullable Grant tryOnce(LockFile lock) throws IOException {
        return lock.attempt(LockMode.EXCLUSIVE).poll(Patience.NONE);
    }

    static Path put(Path path, String content, Duration age) throws IOException {
        Files.writeString(path, content, StandardCharsets.UTF_8);
        return aged(path, age);
    }

    static Path aged(Path path, Duration age) throws IOException {
        return Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(age)));
    }

    static Path marker(Path path, long pid, String host, @Nullable BigInteger start) throws IOException {
        Files.write(path, record(pid, host, start).toBytes());
        return path;
    }

    static Protocol1Record record(long pid, String host, @Nullable BigInteger start) {
        return new Protocol1Record(new Owner((int) pid, host, start, null));
    }

    /** What lies in the directory, by name. */
    static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
