package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may be left on disk, and what must not be. */
class TracesTest {
    private static final String ASIDE = ".lock.break.40.0123456789abcdef0123456789abcdef";

    private static final String LEASE = "filelock/2\npid=%d\nhost=there\nmode=lease\ntoken=00\nduration=2.0\n";

    @TempDir
    private Path locks;

    @Test
    void theMarkerOfAContestantMayHaveBeenSetAside() throws IOException {
        leave("soft" + ASIDE, "41\nhere\n123\n");
        leave("lease" + ASIDE, LEASE.formatted(42));
        assertThat(traces().onDisk()).isEmpty();
    }

    @Test
    void nothingElseMayBeThereUnderSuchAName() throws IOException {
        leave("marker" + ASIDE, LEASE.formatted(99));
        leave("soft" + ASIDE, "99\nhere\n41\n");
        leave("lease" + ASIDE, "");
        assertThat(traces().onDisk()).hasSize(3);
    }

    @Test
    void aMarkerOfALivingProcessMustNotBeThereUnderItsOwnName() throws IOException {
        leave("soft.lock", "41\nhere\n123\n");
        assertThat(traces().onDisk()).singleElement().asString().contains("LEFT ON DISK soft.lock");
    }

    @Test
    void whatAKilledProcessLeftIsNoTrace() throws IOException {
        leave("lease.lock", LEASE.formatted(42));
        assertThat(traces().onDisk()).isEmpty();
    }

    @Test
    void filesThatComeAndGoWhileOneLooksAreNoFailure() throws Exception {
        AtomicBoolean looked = new AtomicBoolean();
        CompletableFuture<Void> comingAndGoing = CompletableFuture.runAsync(() -> {
            while (!looked.get()) {
                for (int i = 0; i < 20; i++) {
                    comeAndGo(locks.resolve("soft.lock." + i));
                }
            }
        });
        try {
            for (int i = 0; i < 500; i++) {
                traces().onDisk();
            }
        } finally {
            looked.set(true);
        }
        comingAndGoing.get(10, TimeUnit.SECONDS);
        assertThat(traces().onDisk()).isEmpty();
    }

    private static void comeAndGo(Path file) {
        try {
            Files.delete(Files.createFile(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Traces traces() {
        return new Traces(locks, Set.of(41L), Set.of(42L));
    }

    private void leave(String name, String content) throws IOException {
        Files.writeString(locks.resolve(name), content);
    }
}
