package dev.filelock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * In a directory like {@code /tmp}, another user has put in our way what he can. Whatever he tries, nothing that he aims at is
 * written, emptied, deleted, renamed or given other permissions, and nobody hangs.
 */
@Timeout(120)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs users, sticky directories and setpriv")
class HostileDirectoryTest {
    private static final int ATTACKER = 65_533;
    private static final int VICTIM = 65_534;
    private static final String PRECIOUS = "name,amount\nmiller,3\n";

    @TempDir
    Path root;

    private Path shared;
    private Path home;

    /** What stands at the path, or where a protocol keeps things beside it. */
    enum Trap {
        LINK {
            @Override
            void set(Path path, Path home) throws IOException {
                link(path, home.resolve("precious"));
            }
        },
        DANGLING_LINK {
            @Override
            void set(Path path, Path home) throws IOException {
                link(path, home.resolve("new"));
            }
        },
        HARD_LINK {
            @Override
            void set(Path path, Path home) throws IOException {
                Files.createLink(path, home.resolve("precious"));
            }
        },
        HARD_LINK_TO_AN_EMPTY_FILE {
            @Override
            void set(Path path, Path home) throws IOException {
                Files.createLink(path, home.resolve("empty"));
            }
        },
        FIFO {
            @Override
            void set(Path path, Path home) throws IOException {
                ChildProcess.start("mkfifo", "-m", "666", path.toString()).expectSuccess();
                own(path);
            }
        },
        FOREIGN_FILE {
            @Override
            void set(Path path, Path home) throws IOException {
                Files.writeString(path, PRECIOUS);
                own(path);
            }
        },
        EMPTY_FILE_OF_THE_ATTACKER {
            @Override
            void set(Path path, Path home) throws IOException {
                Files.setPosixFilePermissions(Files.createFile(path), PosixFilePermissions.fromString("rw-rw-rw-"));
                own(path);
            }
        },
        DIRECTORY {
            @Override
            void set(Path path, Path home) throws IOException {
                own(Files.createDirectory(path));
            }
        },
        LINKS_BESIDE {
            @Override
            void set(Path path, Path home) throws IOException {
                for (String suffix : List.of(".rw", ".filelock", "-journal", "-wal", "-shm")) {
                    link(path.resolveSibling(path.getFileName() + suffix), home);
                }
            }
        },
        DIRECTORIES_OF_LINKS_BESIDE {
            @Override
            void set(Path path, Path home) throws IOException {
                for (String suffix : List.of(".rw", ".filelock")) {
                    Path directory = Files.createDirectory(path.resolveSibling(path.getFileName() + suffix));
                    for (String part : List.of("gen", "holders", "claims")) {
                        link(directory.resolve(part), home);
                    }
                    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
                    own(directory);
                }
            }
        },
        DIRECTORIES_OF_THE_ATTACKER_BESIDE {
            @Override
            void set(Path path, Path home) throws IOException {
                for (String suffix : List.of(".rw", ".filelock")) {
                    Path directory = Files.createDirectory(path.resolveSibling(path.getFileName() + suffix));
                    for (String part : List.of("gen", "holders", "claims")) {
                        Path inside = Files.createDirectory(directory.resolve(part));
                        Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("rwxrwxrwx"));
                        own(inside);
                    }
                    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
                    own(directory);
                }
            }
        };

        abstract void set(Path path, Path home) throws IOException;

        Path path(Path directory, LockKind kind) {
            return directory.resolve(name().toLowerCase(java.util.Locale.ROOT) + "-" + kind + kind.suffix);
        }

        private static void link(Path path, Path target) throws IOException {
            own(Files.createSymbolicLink(path, target));
        }
    }

    /** Tries all locks in a directory full of traps, as whoever runs it. */
    static final class Prey {
        public static void main(String[] arguments) throws Exception {
            tryAll(Path.of(arguments[0])).forEach(System.out::println);
            System.out.println("done");
        }

        static List<String> tryAll(Path directory) {
            List<String> outcomes = new ArrayList<>();
            for (Trap trap : Trap.values()) {
                for (LockKind kind : LockKind.values()) {
                    outcomes.add(trap + " " + kind + " " + outcome(lock(kind, trap.path(directory, kind))));
                }
            }
            return outcomes;
        }

        static FileLock lock(LockKind kind, Path path) {
            LockOptions options = kind.options()
                    .filePermissions(PosixFilePermissions.fromString("rw-rw-rw-"))
                    .build();
            return kind.lock(path, options);
        }

        static String outcome(FileLock lock) {
            try (HeldLock held = lock.tryAcquire().orElse(null)) {
                return held == null ? "not acquired" : "acquired";
            } catch (RuntimeException e) {
                return "refused: " + e;
            }
        }
    }

    private static void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", ATTACKER, LinkOption.NOFOLLOW_LINKS);
    }

    @BeforeEach
    void laySnares() throws IOException {
        assumeTrue(Files.getAttribute(root, "unix:uid").equals(0), "only root can play several users");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        shared = Files.createDirectory(root.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 01777);
        home = Files.createDirectory(root.resolve("home"));
        Files.writeString(home.resolve("precious"), PRECIOUS);
        Files.createFile(home.resolve("empty"));
        Files.writeString(home.resolve("0123456789abcdef0123456789abcdef"), PRECIOUS);
        for (int generation = 1; generation <= 70; generation++) {
            Files.writeString(home.resolve("%020d".formatted(generation)), PRECIOUS);
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.toList()) {
                Files.setAttribute(file, "unix:uid", VICTIM);
                Files.setPosixFilePermissions(
                        file, PosixFilePermissions.fromString(Files.isDirectory(file) ? "rwx------" : "rw-------"));
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
            }
        }
    }

    @Test
    void nothingThatTrapsAimAtIsHarmedByAnUnprivilegedVictimNorByRoot() throws Exception {
        for (Trap trap : Trap.values()) {
            for (LockKind kind : LockKind.values()) {
                trap.set(trap.path(shared, kind), home);
            }
        }
        Map<Path, String> before = tree(root);
        List<String> command = new ArrayList<>(
                List.of("setpriv", "--reuid=" + VICTIM, "--regid=" + VICTIM, "--clear-groups", "--inh-caps=-all"));
        command.addAll(JavaPeer.command(List.of("-cp", readableClassPath(), "-Duser.home=/nonexistent")));
        command.addAll(List.of(Prey.class.getName(), shared.toString()));
        List<String> outcomes = outcomes(command);
        assertThat(harm(before)).as("%s", outcomes).isEmpty();
        assertThat(outcomes)
                .contains("EMPTY_FILE_OF_THE_ATTACKER NATIVE acquired")
                .noneMatch(line -> line.contains("STRICT acquired") && line.startsWith("DIRECTOR"))
                .noneMatch(line -> line.contains("GENERATION") && line.endsWith("acquired") && line.contains("BESIDE"))
                .noneMatch(line -> line.matches("(EMPTY|FOREIGN).* SQLITE_\\w+ acquired"));

        outcomes = Prey.tryAll(shared);
        assertThat(harm(before)).as("as root: %s", outcomes).isEmpty();
    }

    private List<String> outcomes(List<String> command) {
        List<String> outcomes = new ArrayList<>();
        try (ChildProcess prey = ChildProcess.start(command)) {
            for (String line = prey.readLine(); !line.equals("done"); line = prey.readLine()) {
                outcomes.add(line);
            }
        }
        assertThat(outcomes).hasSize(Trap.values().length * LockKind.values().length);
        return outcomes;
    }

    /** What was there and is not the same any more. An empty file in a marker's place may be removed: it is an unfinished marker. */
    private Map<Path, String> harm(Map<Path, String> before) throws IOException {
        Map<Path, String> harm = new TreeMap<>(before);
        harm.entrySet().removeAll(tree(root).entrySet());
        harm.keySet()
                .removeIf(path -> path.startsWith(shared)
                        && path.getFileName().toString().matches(".*empty_file.*-(SOFT|MARKER|LEASE)\\.lock"));
        return harm;
    }

    /** The name of the directory leads now here, now there, faster than anybody can look. */
    @Test
    void aDirectoryThatIsReplacedAllTheTimeLeadsToNoHarm() throws Exception {
        Path trap = Files.createDirectory(root.resolve("trap"));
        for (LockKind kind : LockKind.values()) {
            Path target = Files.writeString(home.resolve(kind + kind.suffix), PRECIOUS);
            Files.setLastModifiedTime(target, FileTime.from(Instant.EPOCH));
        }
        Map<Path, String> before = tree(home);
        Path directory = shared.resolve("directory");
        Files.createSymbolicLink(directory, trap);
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Integer> attack = new FutureTask<>(() -> {
            Path next = shared.resolve("next");
            int moves = 0;
            for (; !over.get(); moves++) {
                Files.createSymbolicLink(next, moves % 2 == 0 ? home : trap);
                Files.move(next, directory, StandardCopyOption.ATOMIC_MOVE);
            }
            return moves;
        });
        new Thread(attack, "attacker").start();
        List<String> outcomes = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofMillis(2000).toNanos();
        while (System.nanoTime() < end) {
            for (LockKind kind : LockKind.values()) {
                Path path = directory.resolve(kind + kind.suffix);
                if (kind == LockKind.SOFT || kind == LockKind.MARKER) { // to be reclaimed, too
                    Files.writeString(trap.resolve(path.getFileName()), "2147483647\n" + host() + "\n");
                }
                outcomes.add(kind + " " + Prey.outcome(Prey.lock(kind, path)));
            }
        }
        over.set(true);
        assertThat(attack.get()).isGreaterThan(10);
        Map<Path, String> harm = new TreeMap<>(before);
        harm.entrySet().removeAll(tree(home).entrySet());
        assertThat(harm).as("of %s tries", outcomes.size()).isEmpty();
        assertThat(outcomes).anyMatch(line -> line.endsWith("acquired"));
    }

    private static String host() {
        return dev.filelock.os.Processes.system().hostField();
    }

    /** The class path, copied to where other users can read it. */
    private String readableClassPath() throws IOException {
        Path copy = Files.createDirectory(root.resolve("classes"));
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path from = Path.of(entry);
            if (!Files.exists(from)
                    || (Files.isRegularFile(from) && !entry.matches(".*/(jna|sqlite-jdbc|slf4j-api|jspecify)-.*"))) {
                continue;
            }
            Path to = copy.resolve(entries.size() + "-" + from.getFileName());
            ChildProcess.start("cp", "-r", entry, to.toString()).expectSuccess();
            entries.add(to.toString());
        }
        ChildProcess.start("chmod", "-R", "a+rX", copy.toString()).expectSuccess();
        return String.join(File.pathSeparator, entries);
    }

    /** Everything there is: inode, owner, permissions, and content or where it leads. */
    private static Map<Path, String> tree(Path root) throws IOException {
        Map<Path, String> tree = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path :
                    all.filter(each -> !each.toString().contains("/classes")).toList()) {
                Map<String, Object> status = Files.readAttributes(path, "unix:ino,uid,mode", LinkOption.NOFOLLOW_LINKS);
                String content = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                        ? Files.readString(path, UTF_8)
                        : Files.isSymbolicLink(path)
                                ? Files.readSymbolicLink(path).toString()
                                : "";
                tree.put(path, new TreeMap<>(status) + content);
            }
        }
        return tree;
    }
}
