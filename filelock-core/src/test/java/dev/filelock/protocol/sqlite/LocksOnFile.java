package dev.filelock.protocol.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** What {@code /proc/locks} has of one file. */
final class LocksOnFile {
    static final String PENDING = "1073741824";

    private LocksOnFile() {}

    /** One line for each lock, such as {@code POSIX ADVISORY WRITE 4711 fe:00:42 1073741824 1073742335}. */
    static List<String> of(Path file) throws IOException {
        Object inode = Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        return Files.readAllLines(Path.of("/proc/locks")).stream()
                .map(line -> line.replaceFirst("^\\S+\\s+", "").replaceAll("\\s+", " "))
                .filter(line -> line.contains(":" + inode + " "))
                .toList();
    }

    static boolean hasWriterWaitingForReaders(Path file) throws IOException {
        return of(file).stream()
                .anyMatch(line -> line.contains(" WRITE ") && line.endsWith(" " + PENDING + " 1073741825"));
    }
}
