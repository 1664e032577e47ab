package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockContext;
import dev.filelock.LockRegistry;
import dev.filelock.spring.AsyncAcquisition.Asked;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one moment in which an acquisition that was ended can no longer be cancelled: the lock has been had, and not been taken note of. */
class HoldAfterTheEndTest {
    @TempDir
    Path directory;

    @Test
    void aHoldThatComesAfterTheEndIsGivenBackAtOnce() {
        for (boolean tellsReason : new boolean[] {true, false}) {
            try (LockRegistry registry =
                    LockRegistry.builder().directory(directory).build()) {
                AsyncAcquisition acquisition = new AsyncAcquisition(Runnable::run);
                FileLock late = havingBeforeItSays(registry.lock("late"), () -> acquisition.end(HeldLock::close));
                CompletableFuture<List<HeldLock>> all = acquisition.takeAll(
                        new Asked(List.of(late), Duration.ZERO, tellsReason, LockContext.current()));
                assertThat(registry.heldLocks()).as("held by nobody who knows").isEmpty();
                assertThat(all).as("nobody asks any more").isNotDone();
                assertThat(acquisition.holdsAny()).isFalse();
            }
        }
    }

    /** The lock, whose future holds already when it is handed out, and something happens just before that. */
    private static FileLock havingBeforeItSays(FileLock lock, Runnable meanwhile) {
        return (FileLock) Proxy.newProxyInstance(
                FileLock.class.getClassLoader(), new Class<?>[] {FileLock.class}, (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(lock, arguments);
                        if (answer instanceof CompletableFuture<?> taking) {
                            taking.join();
                            meanwhile.run();
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
