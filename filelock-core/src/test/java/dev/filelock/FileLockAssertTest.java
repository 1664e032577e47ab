package dev.filelock;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Code that must run under a lock finds out when it does not. */
class FileLockAssertTest {
    private final LockRegistry registry = LockRegistry.builder().inMemory().registry();

    @Test
    void insideALockItPasses() throws Exception {
        registry.lock("x").execute(() -> {
            FileLockAssert.assertHeld();
            FileLockAssert.assertHeld(registry.lock("x"));
            return null;
        });
    }

    @Test
    void outsideItFailsAndSaysWhatToDo() {
        assertThatThrownBy(FileLockAssert::assertHeld)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("No file lock is held by the running call")
                .hasMessageContaining("Spring proxy")
                .hasMessageContaining("FileLockAssert.assumeHeld()");
        assertThatThrownBy(() -> FileLockAssert.assertHeld(registry.lock("x")))
                .hasMessageContaining("x.lock is not held by the running call in mode EXCLUSIVE");
    }

    @Test
    void anotherLockOrAnotherModeIsNotTheOneAskedFor() throws Exception {
        registry.lock("x").execute(() -> {
            assertThatThrownBy(() -> FileLockAssert.assertHeld(registry.lock("y")))
                    .isInstanceOf(IllegalStateException.class);
            return null;
        });
        ReadWriteFileLock catalog = registry.readWriteLock("catalog");
        catalog.readLock().execute(() -> {
            FileLockAssert.assertHeld(catalog.readLock());
            assertThatThrownBy(() -> FileLockAssert.assertHeld(catalog.writeLock()))
                    .isInstanceOf(IllegalStateException.class);
            return null;
        });
        catalog.writeLock().execute(() -> {
            FileLockAssert.assertHeld(catalog.readLock());
            return null;
        });
    }

    @Test
    void aLockOfTheThreadIsEnoughWhereTheLockIsNamed() throws Exception {
        FileLock lock = registry.lock("x");
        try (HeldLock held = lock.acquire()) {
            FileLockAssert.assertHeld(lock);
            assertThatThrownBy(FileLockAssert::assertHeld).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> FileLockAssert.assertHeld(lock)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTestMayAssumeItOnItsThreadAndUntilItEnds() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (FileLockAssert.Assumption outer = FileLockAssert.assumeHeld()) {
            try (FileLockAssert.Assumption inner = FileLockAssert.assumeHeld()) {
                FileLockAssert.assertHeld();
            }
            FileLockAssert.assertHeld();
            FileLockAssert.assertHeld(registry.lock("x"));
            assertThatThrownBy(() ->
                            other.submit(() -> FileLockAssert.assertHeld()).get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        } finally {
            other.shutdown();
        }
        assertThatThrownBy(FileLockAssert::assertHeld).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingAnAssumptionTwiceChangesNothing() {
        FileLockAssert.Assumption assumption = FileLockAssert.assumeHeld();
        assumption.close();
        assertThatCode(assumption::close).doesNotThrowAnyException();
    }
}
