package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who carries a context to another thread carries its holds, and nobody else enters by them. */
@Timeout(60)
class LockContextTest {
    @TempDir
    Path directory;

    @Test
    void aThreadThatEntersItReentersItsHoldsUntilItLeaves() throws Exception {
        FileLock outer = FileLock.of(directory.resolve("outer.lock"));
        FileLock inner = FileLock.of(directory.resolve("inner.lock"));
        try (HeldLock heldOutside = outer.acquireAsync().get();
                HeldLock held = heldOutside.call(() -> inner.acquireAsync().get())) {
            LockContext carried = LockContext.current().under(held);
            assertThat(carried.innermost()).contains(held);
            assertThat(LockContext.current().innermost()).isEmpty();
            CompletableFuture.runAsync(() -> {
                        LockContext own = LockContext.current();
                        try (LockContext.Scope scope = carried.enter()) {
                            assertThat(FileLocks.current()).isSameAs(held);
                            reenter(outer);
                            reenter(inner);
                            try (LockContext.Scope without = own.enter()) {
                                assertThat(FileLocks.find()).isEmpty();
                                assertThat(inner.tryAcquire()).isEmpty();
                            }
                            reenter(inner);
                        }
                        assertThat(FileLocks.find()).isEmpty();
                        assertThat(inner.tryAcquire()).isEmpty();
                    })
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static void reenter(FileLock lock) {
        try (HeldLock again = lock.acquire(Duration.ZERO)) {
            assertThat(again.isValid()).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aClosedHoldAndOneOfSomebodyElsesMakeNoContext() throws Exception {
        HeldLock held = FileLock.of(directory.resolve("a.lock")).acquire();
        held.close();
        assertThatThrownBy(() -> LockContext.current().under(held))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was closed");
        HeldLock strange = (HeldLock) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {HeldLock.class}, (proxy, method, arguments) -> "strange");
        assertThatThrownBy(() -> LockContext.current().under(strange))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("strange");
    }
}
