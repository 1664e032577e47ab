package dev.filelock.engine;

import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLock;
import dev.filelock.HeldLock;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import dev.filelock.os.OsFileIdentities;
import dev.filelock.protocol.Watcher;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What changes while a circle is looked for; the circles that are there are in DeadlockTest. */
@Timeout(60)
class WaitGraphTest {
    @TempDir
    Path directory;

    private final ScriptedProtocol protocol = new ScriptedProtocol(false);
    private final Engine engine = new Engine(
            backend -> protocol, OsFileIdentities.system(), (dir, age) -> List.of(), new Workers(), Watcher.NONE);

    private Request request(String name) {
        return new Request(directory.resolve(name + ".lock"), LockMode.EXCLUSIVE, LockOptions.defaults(), Scope.NONE);
    }

    private FileLock lock(String name) {
        return engine.fileLock(directory.resolve(name + ".lock"), LockMode.EXCLUSIVE, LockOptions.defaults());
    }

    /** A thread that acquires one lock after another, each when told, and gives all back in the end. */
    private final class Actor {
        private final BlockingQueue<String> orders = new LinkedBlockingQueue<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private volatile int held;
        final Thread thread = new Thread(this::run);

        Actor() {
            thread.setDaemon(true);
            thread.start();
        }

        private void run() {
            Throwable failure = catchThrowable(this::acquireOneMore);
            held = 0;
            if (failure == null || failure instanceof InterruptedException) {
                end.complete(null);
            } else {
                end.completeExceptionally(failure);
            }
        }

        private void acquireOneMore() throws InterruptedException {
            String name = orders.take();
            if (name.isEmpty()) {
                return;
            }
            try (HeldLock mine = lock(name).acquire()) {
                held++;
                acquireOneMore();
            }
        }

        Actor holding(String name) {
            orders.add(name);
            await().until(() -> held == 1);
            return this;
        }

        Actor waitingFor(String name) {
            int before = waiters();
            orders.add(name);
            await().until(() -> waiters() == before + 1);
            await().until(() -> thread.getState() == Thread.State.TIMED_WAITING); // has looked for circles
            return this;
        }

        void finish() throws Exception {
            orders.add("");
            end.get(30, TimeUnit.SECONDS);
        }
    }

    private int waiters() {
        return engine.waiting(request -> true).size();
    }

    @Test
    void aCircleWhoseLinksWereNotThereAllAtOnceIsNone() throws Exception {
        Actor second = new Actor().holding("b");
        Actor third = new Actor().holding("c");
        Actor first = new Actor().holding("a");
        second.waitingFor("c");
        first.waitingFor("b");
        Actor ahead = new Actor().waitingFor("a");
        LockEntry c = engine.pin(request("c"));
        c.mutex.lock();
        try {
            third.orders.add("a"); // looks at a, at b, and stands still before c
            await().until(() -> c.mutex.hasQueuedThread(third.thread));
            first.thread.interrupt(); // waits for b no more, and gives a to the one ahead
            first.end.get(30, TimeUnit.SECONDS);
            await().until(() -> ahead.held == 1);
        } finally {
            c.mutex.unlock();
            engine.unpin(c);
        }
        await().during(50, TimeUnit.MILLISECONDS).until(() -> third.held == 1 && !third.end.isDone());
        ahead.finish();
        await().until(() -> third.held == 2);
        third.finish();
        second.finish();
        await().until(() -> engine.inUse() == 0);
    }
}
