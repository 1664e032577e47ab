package dev.filelock.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLockException;
import dev.filelock.LockMode;
import dev.filelock.os.OsError;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.Attempt;
import dev.filelock.protocol.Grant;
import dev.filelock.protocol.LockFile;
import dev.filelock.protocol.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A disk one of whose calls fails, or runs out of memory, once: each in turn, so that every way out of a lock's code is taken. */
public final class FailingDisk extends TamperedFiles {
    /** Far more than any use makes: what grows from use to use would have no end. */
    private static final int MOST_CALLS = 1000;

    private int calls;
    private final int failing;
    private final Step failure;
    private @Nullable String failed;

    private FailingDisk(int failing, Step failure) {
        this.failing = failing;
        this.failure = failure;
    }

    /** Something done to a disk. */
    public interface Step {
        void run() throws IOException;
    }

    /**
     * Uses a lock once for each call that this makes, which fails then, and looks each time what was left open.
     *
     * @param scene sets what is on disk before each use
     */
    public static void assertThatNothingStaysOpen(
            Path directory, Step scene, LockMode mode, Function<OsFiles, LockFile> opened) throws IOException {
        assertThatNothingStaysOpen(directory, scene, mode, opened, () -> {
            throw failure(OsError.INPUT_OUTPUT);
        });
        assertThatNothingStaysOpen(directory, scene, mode, opened, () -> {
            throw new OutOfMemoryError("failed by the test");
        });
    }

    private static void assertThatNothingStaysOpen(
            Path directory, Step scene, LockMode mode, Function<OsFiles, LockFile> opened, Step failure)
            throws IOException {
        for (int failing = 1; ; failing++) {
            scene.run();
            int before = OpenDescriptors.in(directory).size();
            FailingDisk disk = new FailingDisk(failing, failure);
            use(opened.apply(disk), mode);
            assertThat(OpenDescriptors.in(directory))
                    .as("open after a use in which %s failed", disk.failed)
                    .hasSize(before);
            if (disk.failed == null) {
                return;
            }
            assertThat(failing).as("calls of one use").isLessThan(MOST_CALLS);
        }
    }

    @Override
    public void before(String call, Path path) throws IOException {
        if (++calls == failing) {
            failed = "call " + calls + ", to " + call + " " + path + ",";
            failure.run();
        }
    }

    /** As the engine uses it. */
    private static void use(LockFile lock, LockMode mode) throws IOException {
        Attempt attempt = lock.attempt(mode);
        Grant grant = null;
        try {
            grant = attempt.poll(Patience.NONE);
        } catch (IOException | FileLockException | OutOfMemoryError e) {
            // as it may
        }
        if (grant == null) {
            untilItReturns(attempt::abandon);
            return;
        }
        try {
            grant.ensureValid();
        } catch (IOException | FileLockException | OutOfMemoryError e) {
            // as it may
        }
        untilItReturns(grant::release);
    }

    private static void untilItReturns(Step cleanup) throws IOException {
        try {
            cleanup.run();
        } catch (IOException | OutOfMemoryError e) {
            cleanup.run();
        }
    }
}
