package dev.filelock.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that this JVM has open, as Linux tells. */
public final class OpenDescriptors {
    private static final Path ALL = Path.of("/proc/self/fd");

    private OpenDescriptors() {}

    public static boolean canBeCounted() {
        return Files.isDirectory(ALL);
    }

    /** What is open in a directory, or at a path; a file as often as it is open. */
    public static List<Path> in(Path directory) throws IOException {
        List<Path> open = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(ALL)) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    Path file = Files.readSymbolicLink(descriptor);
                    if (file.startsWith(directory)) {
                        open.add(file);
                    }
                } catch (IOException e) {
                    // closed meanwhile, as that by which they are listed
                }
            }
        }
        return open;
    }
}
