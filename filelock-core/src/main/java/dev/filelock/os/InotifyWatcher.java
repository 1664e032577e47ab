package dev.filelock.os;

import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Change signals by inotify(7): one descriptor and one daemon thread, both only while somebody watches, and some seconds after.
 *
 * <p>Whatever goes wrong (no native calls, too many instances or watches, a file system that doesn't tell) leaves its waiters to
 * poll, and is told once, in a debug line.
 */
final class InotifyWatcher implements Watcher {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final int IDLE_MILLIS = 10_000;

    /** So many wake-ups in a millisecond are taken for a storm, and the rest of it is slept through. */
    private static final int WAKE_UPS_PER_MILLI = 4;

    /** Null while nothing is watched, and once it is known to be of no use. Guarded, with all below, by this object. */
    private @Nullable Inotify inotify;

    private boolean useless;
    private boolean refusalTold;
    private final Map<Integer, Set<Watching>> watchings = new HashMap<>();
    private int subscribers;

    @Override
    public Subscription subscribe(Runnable signal) {
        return new Watching(signal);
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
                    subscribers++;
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
                    subscribers--;
                }
                Inotify open = inotify;
                if (open != null) {
                    leave(open, Set.of());
                }
                watched = Set.of();
            }
        }
    }

    private void tellOfRefusal(Path path, int error) {
        if (error != Inotify.NOT_FOUND && !refusalTold) {
            refusalTold = true;
            log.debug("{} can't be watched, so its waiters poll: {}; told once", path, LibC.strerror(error));
        }
    }

    private @Nullable Inotify inotify() {
        if (inotify == null && !useless) {
            try {
                Inotify opened = Inotify.open();
                Thread thread = new Thread(null, () -> serve(opened), "filelock-watcher", 0, false);
                thread.setDaemon(true);
                thread.setContextClassLoader(null);
                thread.start();
                inotify = opened;
            } catch (IOException | NativeAccessException | OutOfMemoryError e) {
                useless = true;
                log.debug("There are no change signals, so all waiters poll", e);
            }
        }
        return inotify;
    }

    private void serve(Inotify open) {
        try {
            int wakeUps = 0;
            long millisecond = System.nanoTime();
            while (true) {
                List<Inotify.Event> events = open.next(IDLE_MILLIS);
                if (events.isEmpty() && closeIfIdle(open)) {
                    return;
                }
                signal(events);
                long now = System.nanoTime();
                if (now - millisecond > TimeUnit.MILLISECONDS.toNanos(1)) {
                    millisecond = now;
                    wakeUps = 0;
                } else if (++wakeUps >= WAKE_UPS_PER_MILLI) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1) - (now - millisecond));
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            log.debug("Change signals ended, so all waiters poll", e);
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

    private synchronized boolean closeIfIdle(Inotify open) {
        if (subscribers > 0) {
            return false;
        }
        open.close();
        inotify = null;
        return true;
    }

    private synchronized void giveUp(Inotify open) {
        useless = true;
        inotify = null;
        watchings.clear();
        open.close();
    }
}
