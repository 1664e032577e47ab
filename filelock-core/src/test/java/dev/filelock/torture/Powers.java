package dev.filelock.torture;

import dev.filelock.testing.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What this machine lets the torture do to those who contend. */
final class Powers {
    /** Root is bound by the permissions of files only without its capabilities. */
    private static final List<String> BOUND_BY_PERMISSIONS =
            List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"); // of the namespace as well, if it is in one

    /** In a user namespace of its own a process has limits of its own, and is the same user all the same. */
    private static final List<String> OWN_NAMESPACE = List.of("unshare", "--user", "--map-root-user");

    private static final boolean NAMESPACES =
            succeeds("unshare", "--user", "--map-root-user", "true") && has("nsenter");

    private static final boolean ROOT = succeeds("sh", "-c", "test \"$(id -u)\" = 0");

    private static final boolean MOUNTS =
            ROOT && succeeds("unshare", "--mount", "mount", "-t", "tmpfs", "filelock-torture", "/tmp");

    private static final boolean PERMISSIONS =
            !ROOT || succeeds("setpriv", "--bounding-set=-all", "--inh-caps=-all", "true");

    private static final boolean COMPILER =
            succeeds("sh", "-c", "echo '#include <stdlib.h>' | cc -shared -fPIC -x c -o /dev/null -");

    private Powers() {}

    /** Why a fault can't be injected here, or empty. */
    static Optional<String> lack(Fault fault) {
        return switch (fault) {
            case INOTIFY -> NAMESPACES ? Optional.empty() : Optional.of("no user namespace can be made here");
            case DESCRIPTORS -> has("prlimit") ? Optional.empty() : Optional.of("there is no prlimit here");
            case CLOCK -> COMPILER ? Optional.empty() : Optional.of("there is no C compiler here");
            case FULL, INODES, READ_ONLY -> lackOfMounts();
            case PERMISSION ->
                PERMISSIONS ? lackOfMounts() : Optional.of("root can't give up its capabilities by setpriv here");
            default -> Optional.empty();
        };
    }

    private static Optional<String> lackOfMounts() {
        return MOUNTS ? Optional.empty() : Optional.of("nothing can be mounted here");
    }

    /** Whether a round can have a disk of its own. */
    static boolean mounts() {
        return MOUNTS;
    }

    /** What comes before the command of a process that such faults may strike, each of which can be injected here. */
    static List<String> prefix(List<Fault> faults) {
        List<String> prefix = new ArrayList<>();
        if (faults.contains(Fault.INOTIFY)) {
            prefix.addAll(OWN_NAMESPACE);
        }
        if (faults.contains(Fault.PERMISSION) && ROOT) {
            prefix.addAll(BOUND_BY_PERMISSIONS);
        }
        return prefix;
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
