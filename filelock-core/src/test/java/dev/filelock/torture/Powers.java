package dev.filelock.torture;

import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What this machine lets the torture do to those who contend. */
final class Powers {
    /** In a user namespace of its own a process has limits of its own, and is the same user all the same. */
    private static final List<String> OWN_NAMESPACE = List.of("unshare", "--user", "--map-root-user");

    private static final boolean NAMESPACES =
            succeeds("unshare", "--user", "--map-root-user", "true") && has("nsenter");

    private static final boolean COMPILER =
            succeeds("sh", "-c", "echo '#include <stdlib.h>' | cc -shared -fPIC -x c -o /dev/null -");

    private Powers() {}

    /** Why a fault can't be injected here, or empty. */
    static Optional<String> lack(Fault fault) {
        return switch (fault) {
            case INOTIFY -> NAMESPACES ? Optional.empty() : Optional.of("no user namespace can be made here");
            case DESCRIPTORS -> has("prlimit") ? Optional.empty() : Optional.of("there is no prlimit here");
            case CLOCK -> COMPILER ? Optional.empty() : Optional.of("there is no C compiler here");
            default -> Optional.empty();
        };
    }

    /** What comes before the command of a process that such faults may strike. */
    static List<String> prefix(List<Fault> faults) {
        return faults.contains(Fault.INOTIFY) && NAMESPACES ? OWN_NAMESPACE : List.of();
    }

    /** Makes the library by which the wall clock of a process can be stepped that it is loaded into. */
    static Path clock(Path directory) throws IOException {
        Path source = directory.resolve("clock.c");
        try (InputStream in = Objects.requireNonNull(Powers.class.getResourceAsStream("clock.c"))) {
            Files.copy(in, source);
        }
        Path library = directory.resolve("clock.so");
        ChildProcess.start("cc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                .expectSuccess();
        return library;
    }

    private static boolean has(String command) {
        return succeeds("sh", "-c", "command -v " + command);
    }

    private static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
