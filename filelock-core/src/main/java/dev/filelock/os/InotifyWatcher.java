package dev.filelock.os;

import dev.filelock.protocol.Detached;
import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Change signals by inotify(7): one descriptor and one daemon thread, both only while somebody watches, and some seconds after; and a
 * few lookouts for threads that wait themselves.
 *
 * <p>Whatever goes wrong (no native calls, too many instances or watches, a file system that doesn't tell) leaves its waiters to
 * poll, and is told in a debug line. What can't be opened is tried again after a minute: limits are often reached for a moment only.
 */
final class InotifyWatcher implements Watcher {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Far fewer than the instances that a user may have, 128 by default: other programs need some too. */
    private static final int MOST_LOOKOUTS = 8;

    /** So many wake-ups in a millisecond are taken for a storm, and the rest of it is slept through. */
    private static final int WAKE_UPS_PER_MILLI = 4;

    private final long idleNanos;
    private final long retryNanos;
    private final ThreadFactory threads;

    /** Null while nothing is watched, and for some time after a failure. Guarded, with all below, by this object. */
    private @Nullable Inotify inotify;

    /** From when on it may be opened, by {@link System#nanoTime}. */
    private long notBefore = System.nanoTime();

    private boolean refusalTold;
    private final Map<Integer, Set<Watching>> watchings = new HashMap<>();
    private final Deque<InotifyLookout> idleLookouts = new ArrayDeque<>(MOST_LOOKOUTS);
    private int lookouts;

    /** Subscriptions that watch something, and lookouts in use. */
    private int users;

    InotifyWatcher() {
        this(IDLE_NANOS, RETRY_NANOS, work -> Detached.thread("filelock-watcher", work));
    }

    /**
     * @param idleNanos how long what nobody uses stays open, at least
     * @param retryNanos how long nothing is tried after a failure
     * @param threads where the one thread is from
     */
    InotifyWatcher(long idleNanos, long retryNanos, ThreadFactory threads) {
        this.idleNanos = idleNanos;
        this.retryNanos = retryNanos;
        this.threads = threads;
    }

    @Override
    public Subscription subscribe(Runnable signal) {
        return new Watching(signal);
    }

    @Override
    public synchronized @Nullable Lookout lookout() {
        if (inotify() == null) {
            return null;
        }
        InotifyLookout lookout = idleLookouts.pollLast();
        if (lookout == null && lookouts < MOST_LOOKOUTS) {
            try {
                lookout = InotifyLookout.open(this);
                lookouts++;
            } catch (IOException e) {
                log.debug("There is no lookout for a thread that waits itself", e);
            }
        }
        users += lookout == null ? 0 : 1;
        return lookout;
    }

    synchronized void takeBack(InotifyLookout lookout) {
        users--;
        if (inotify == null) {
            lookouts--;
            lookout.dispose(); // the thread that closes the idle ones has ended
        } else {
            idleLookouts.addLast(lookout);
        }
    }

    private final class Watching implements Subscription {
        private final Runnable signal;
        private Set<Integer> watched = Set.of();
        private boolean subscribed;

        Watching(Runnable signal) {
            this.signal = signal;
        }

        @Override
        public void watch(Set<Watch> watches) {
            synchronized (InotifyWatcher.this) {
                Inotify open = inotify();
                if (open == null) {
                    return;
                }
                if (!subscribed) {
                    subscribed = true;
                    users++;
                }
                Set<Integer> now = new HashSet<>();
                for (Watch watch : watches) {
                    int number = open.add(watch);
                    if (number >= 0) {
                        now.add(number);
                        watchings
                                .computeIfAbsent(number, key -> new LinkedHashSet<>())
                                .add(this);
                    } else {
                        tellOfRefusal(watch.path(), -number);
                    }
                }
                leave(open, now);
                watched = now;
            }
        }

        private void leave(Inotify open, Set<Integer> but) {
            for (Integer number : watched) {
                Set<Watching> others = but.contains(number) ? null : watchings.get(number);
                if (others != null && others.remove(this) && others.isEmpty()) {
                    watchings.remove(number);
                    open.remove(number);
                }
            }
        }

        @Override
        public void close() {
            synchronized (InotifyWatcher.this) {
                if (subscribed) {
                    subscribed = false;
                    users--;
                }
                Inotify open = inotify;
                if (open != null) {
                    leave(open, Set.of());
                }
                watched = Set.of();
            }
        }
    }

    synchronized void tellOfRefusal(Path path, int error) {
        if (error != Inotify.NOT_FOUND && !refusalTold) {
            refusalTold = true;
            log.debug("{} can't be watched, so its waiters poll: {}; told once", path, LibC.strerror(error));
        }
    }

    private @Nullable Inotify inotify() {
        if (inotify == null && System.nanoTime() - notBefore >= 0) {
            try {
                open();
            } catch (IOException | NativeAccessException | OutOfMemoryError e) {
                waitBeforeRetry();
                log.debug("There are no change signals for now, so all waiters poll", e);
            }
        }
        return inotify;
    }

    private void open() throws IOException {
        Inotify opened = Inotify.open();
        try {
            threads.newThread(() -> serve(opened)).start();
            inotify = opened;
        } finally {
            if (inotify == null) {
                opened.close();
            }
        }
    }

    private void serve(Inotify open) {
        try {
            Readiness readiness = new Readiness(open.descriptor());
            int wakeUps = 0;
            long millisecond = System.nanoTime();
            long tidied = millisecond;
            while (true) {
                readiness.await(idleNanos);
                long now = System.nanoTime();
                if (now - tidied >= idleNanos) {
                    tidied = now;
                    closeUnusedLookouts(now);
                }
                if (readiness.isReady(0)) {
                    signal(open.events());
                } else if (closeIfIdle(open)) {
                    return;
                }
                if (now - millisecond > TimeUnit.MILLISECONDS.toNanos(1)) {
                    millisecond = now;
                    wakeUps = 0;
                } else if (++wakeUps >= WAKE_UPS_PER_MILLI) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1) - (now - millisecond));
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            log.debug("Change signals ended for now, so all waiters poll", e);
            giveUp(open);
        }
    }

    private void signal(List<Inotify.Event> events) {
        Collection<Watching> concerned = new LinkedHashSet<>();
        synchronized (this) {
            for (Inotify.Event event : events) {
                if ((event.mask() & Inotify.OVERFLOW) != 0) {
                    watchings.values().forEach(concerned::addAll);
                    continue;
                }
                concerned.addAll(watchings.getOrDefault(event.watch(), Set.of()));
                if ((event.mask() & Inotify.IGNORED) != 0) {
                    watchings.remove(event.watch()); // the file is gone
                }
            }
        }
        for (Watching each : concerned) {
            each.signal.run();
        }
    }

    private boolean closeIfIdle(Inotify open) {
        synchronized (this) {
            if (users > 0 || !idleLookouts.isEmpty()) {
                return false;
            }
            inotify = null;
        }
        open.close(); // outside: it takes a while
        return true;
    }

    private void closeUnusedLookouts(long now) {
        List<InotifyLookout> unused = new ArrayList<>();
        synchronized (this) {
            idleLookouts.removeIf(lookout -> now - lookout.unusedSince() >= idleNanos && unused.add(lookout));
            lookouts -= unused.size();
        }
        unused.forEach(InotifyLookout::dispose);
    }

    private void waitBeforeRetry() {
        notBefore = System.nanoTime() + retryNanos;
    }

    private synchronized void giveUp(Inotify open) {
        waitBeforeRetry();
        inotify = null;
        watchings.clear();
        open.close();
        lookouts -= idleLookouts.size();
        idleLookouts.forEach(InotifyLookout::dispose);
        idleLookouts.clear();
    }
}
