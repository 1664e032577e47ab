package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.filelock.LockLostException.Reason;
import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.FilesBelow;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** All that can go wrong on disk with what is held, under every kind of lock: the holder finds out what it was. */
@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "what is open can't be moved or replaced there")
class EnsureValidTest {
    private static final Set<LockKind> MARKERS = EnumSet.of(LockKind.SOFT, LockKind.MARKER, LockKind.LEASE);
    private static final Set<LockKind> GENERATIONS = EnumSet.of(LockKind.GENERATION_WRITE, LockKind.GENERATION_READ);

    @TempDir
    Path root;

    /** What somebody does to the files of a lock. */
    private enum Damage {
        DELETED {
            @Override
            void doTo(Path file) throws IOException {
                FilesBelow.delete(file);
            }
        },
        MOVED_AWAY {
            @Override
            void doTo(Path file) throws IOException {
                Files.move(file, file.resolveSibling("elsewhere"));
            }
        },
        REPLACED {
            @Override
            void doTo(Path file) throws IOException {
                replaceBy(file, Files.isDirectory(file) ? "directory" : "file");
            }
        },
        REPLACED_BY_A_LINK {
            @Override
            void doTo(Path file) throws IOException {
                replaceBy(file, "link");
            }
        },
        REPLACED_BY_ANOTHER_TYPE {
            @Override
            void doTo(Path file) throws IOException {
                replaceBy(file, Files.isDirectory(file) ? "file" : "directory");
            }
        },
        REPLACED_BY_A_FIFO {
            @Override
            void doTo(Path file) throws IOException {
                replaceBy(file, "fifo");
            }
        },
        DIRECTORY_DELETED {
            @Override
            void doTo(Path file) throws IOException {
                FilesBelow.delete(file.getParent());
            }
        },
        DIRECTORY_MOVED {
            @Override
            void doTo(Path file) throws IOException {
                Files.move(file.getParent(), file.getParent().resolveSibling("elsewhere"));
            }
        },
        DIRECTORY_REPLACED {
            @Override
            void doTo(Path file) throws IOException {
                Files.move(file.getParent(), file.getParent().resolveSibling("elsewhere"));
                Files.createDirectory(file.getParent());
                Files.createFile(file);
            }
        },
        DIRECTORY_REPLACED_BY_A_FILE {
            @Override
            void doTo(Path file) throws IOException {
                Files.move(file.getParent(), file.getParent().resolveSibling("elsewhere"));
                Files.createFile(file.getParent());
            }
        },
        EMPTIED {
            @Override
            void doTo(Path file) throws IOException {
                Files.write(file, new byte[0]); // as open(path, "w") does: the same inode
            }
        },
        WRITTEN_OVER {
            @Override
            void doTo(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                Arrays.fill(bytes, (byte) 'x'); // as long as it was
                Files.write(file, bytes);
            }
        },
        HELD_CLAIM_REMOVED {
            @Override
            void doTo(Path file) throws IOException {
                Files.delete(claim(file, "held"));
            }
        },
        INTENT_REMOVED {
            @Override
            void doTo(Path file) throws IOException {
                Files.delete(claim(file, "intent"));
            }
        },
        HELD_CLAIM_REPLACED {
            @Override
            void doTo(Path file) throws IOException {
                Path claim = claim(file, "held");
                byte[] bytes = Files.readAllBytes(claim);
                Files.delete(claim);
                Files.write(claim, bytes);
            }
        },
        CLAIM_WRITTEN_OVER {
            @Override
            void doTo(Path file) throws IOException {
                Files.writeString(claim(file, "held"), "nobody's\n");
            }
        },
        RECORD_REMOVED {
            @Override
            void doTo(Path file) throws IOException {
                Files.delete(only(file.resolve("holders"), ""));
            }
        },
        ANOTHER_GENERATION {
            @Override
            void doTo(Path file) throws IOException {
                Files.writeString(
                        file.resolve("gen").resolve("00000000000000000099"), "filelock-rw/1\ngeneration=99\n");
            }
        };

        /** @param file the one whose existence everything hangs on */
        abstract void doTo(Path file) throws IOException;

        static Path claim(Path file, String state) throws IOException {
            return only(file.resolveSibling(file.getFileName() + ".filelock").resolve("claims"), state);
        }

        private static Path only(Path directory, String prefix) throws IOException {
            try (Stream<Path> files = Files.list(directory)) {
                List<Path> found = files.filter(
                                each -> each.getFileName().toString().startsWith(prefix))
                        .toList();
                assertThat(found).hasSize(1);
                return found.get(0);
            }
        }

        private static void replaceBy(Path file, String what) throws IOException {
            Path other = file.resolveSibling("other");
            switch (what) {
                case "file" -> Files.createFile(other);
                case "directory" -> Files.createDirectory(other);
                case "link" -> Files.createSymbolicLink(other, file.resolveSibling("kept"));
                default -> {
                    try (ChildProcess mkfifo = ChildProcess.start("mkfifo", other.toString())) {
                        mkfifo.expectSuccess();
                    }
                }
            }
            Files.move(file, file.resolveSibling("kept"));
            Files.move(other, file);
        }
    }

    /** Null where such a thing is not there to be damaged, or is no damage. */
    private static @Nullable Reason expected(LockKind kind, Damage damage) {
        return switch (damage) {
            case DELETED, MOVED_AWAY -> Reason.MARKER_MISSING;
            case REPLACED -> Reason.OWNER_CHANGED;
            case REPLACED_BY_A_LINK, REPLACED_BY_A_FIFO, REPLACED_BY_ANOTHER_TYPE -> Reason.PATH_OCCUPIED;
            case DIRECTORY_DELETED, DIRECTORY_MOVED, DIRECTORY_REPLACED, DIRECTORY_REPLACED_BY_A_FILE ->
                Reason.DIRECTORY_CHANGED;
            case EMPTIED, WRITTEN_OVER ->
                MARKERS.contains(kind) || kind == LockKind.STRICT ? Reason.CONTENT_CHANGED : null;
            case HELD_CLAIM_REMOVED, INTENT_REMOVED, HELD_CLAIM_REPLACED ->
                kind == LockKind.STRICT ? Reason.CLAIM_MISSING : null;
            case CLAIM_WRITTEN_OVER -> kind == LockKind.STRICT ? Reason.CONTENT_CHANGED : null;
            case RECORD_REMOVED, ANOTHER_GENERATION -> GENERATIONS.contains(kind) ? Reason.EVICTED : null;
        };
    }

    static Stream<Arguments> everythingThatCanGoWrong() {
        return Arrays.stream(LockKind.values())
                .flatMap(kind -> Arrays.stream(Damage.values())
                        .filter(damage -> expected(kind, damage) != null)
                        .map(damage -> Arguments.of(kind, damage)));
    }

    @ParameterizedTest
    @MethodSource("everythingThatCanGoWrong")
    void theHolderFindsOutWhatWentWrong(LockKind kind, Damage damage) throws Exception {
        Path path = Files.createDirectory(root.resolve("locks")).resolve("x" + kind.suffix);
        LockOptions options = kind.options()
                .generationHeartbeat(Duration.ofMinutes(1)) // none comes while the damage is being done
                .staleThreshold(Duration.ofMinutes(3))
                .build();
        HeldLock held = kind.lock(path, options).acquire();
        held.ensureValid();
        assertThat(held.isValid()).isTrue();

        damage.doTo(GENERATIONS.contains(kind) ? path.resolveSibling(path.getFileName() + ".rw") : path);

        for (int looks = 0; looks < 2; looks++) {
            LockLostException lost = catchThrowableOfType(LockLostException.class, held::ensureValid);
            assertThat(lost).as("the damage is noticed").isNotNull();
            assertThat(lost.reason()).isEqualTo(expected(kind, damage));
            assertThat(lost.path()).isEqualTo(path);
            assertThat(lost).hasMessageContaining(path.toString());
        }
        assertThat(held.isValid()).isFalse();
        held.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"SOFT", "MARKER", "LEASE"})
    void aNativeLockOfPythonEmptiesAMarkerAndIsNoticed(LockKind kind) throws Exception {
        Path path = root.resolve("x.lock");
        HeldLock held = kind.lock(path).acquire();
        try (ChildProcess python = PythonPeer.start(
                "import sys, filelock\nwith filelock.FileLock(sys.argv[1], timeout=30):\n print('held')\n",
                path.toString())) {
            python.expectLine("held");
            python.expectSuccess();
        }
        assertThat(path).isEmptyFile();
        LockLostException lost = catchThrowableOfType(LockLostException.class, held::ensureValid);
        assertThat(lost).as("the damage is noticed").isNotNull();
        assertThat(lost.reason()).isEqualTo(Reason.CONTENT_CHANGED);
        held.close();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondNameOfTheFileIsNoDamage(LockKind kind) throws Exception {
        Path path = root.resolve("x" + kind.suffix);
        try (HeldLock held = kind.lock(path).acquire()) {
            if (!GENERATIONS.contains(kind)) {
                Files.createLink(root.resolve("second"), path);
                assertThat(Files.getAttribute(path, "unix:nlink")).isEqualTo(2);
            }
            held.ensureValid();
        }
    }
}
