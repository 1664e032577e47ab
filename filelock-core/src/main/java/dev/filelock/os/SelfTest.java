package dev.filelock.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tries, at the start, the two things on which safety rests: a symbolic link must be refused, and {@code stat} must be read as the
 * JDK reads it. A wrong constant or layout, of a processor nobody tried, is found here and not in somebody's files.
 */
final class SelfTest {
    private final UnixFiles files;

    SelfTest(UnixFiles files) {
        this.files = files;
    }

    void run() throws IOException {
        Optional<Path> link = Stream.of("/proc/self", "/etc", "/var", "/bin")
                .map(Path::of)
                .filter(Files::isSymbolicLink)
                .findFirst();
        if (link.isPresent()) {
            requireRefused(link.get());
        } else {
            requireNewLinkRefused();
        }
        compareStatus(Path.of("/"));
    }

    private void requireNewLinkRefused() throws IOException {
        Path directory = Files.createTempDirectory("filelock");
        try {
            Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
            try {
                requireRefused(link);
            } finally {
                Files.delete(link);
            }
        } finally {
            Files.delete(directory);
        }
    }

    private void requireRefused(Path link) throws IOException {
        try (OsFiles.Descriptor opened = files.open(link, EnumSet.of(OsFiles.Open.READ), 0)) {
            throw new IOException("opening the symbolic link " + link + " was not refused but gave " + opened.status());
        } catch (OsException e) {
            if (e.error() != OsError.SYMBOLIC_LINK) {
                throw e;
            }
        }
    }

    private void compareStatus(Path path) throws IOException {
        FileStatus status = files.lstat(path);
        Map<String, Object> expected = Files.readAttributes(path, "unix:ino,nlink,mode", LinkOption.NOFOLLOW_LINKS);
        if (status == null
                || status.identity().inode() != number(expected, "ino")
                || status.links() != number(expected, "nlink")
                || status.permissions() != (number(expected, "mode") & 07777)) {
            throw new IOException("stat of " + path + " is read as " + status + ", by the JDK as " + expected);
        }
    }

    private static long number(Map<String, Object> attributes, String name) {
        return Long.parseLong(String.valueOf(attributes.get(name)));
    }
}
