package dev.filelock.os;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import dev.filelock.protocol.Watch;
import dev.filelock.protocol.Watcher.Lookout;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An inotify(7) instance of one thread at a time, which sleeps in poll(2), and an eventfd(2) by which others wake it. Used again and
 * again, since the kernel takes some ten milliseconds to close an instance that has watched something.
 */
final class InotifyLookout implements Lookout {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static final byte[] ONCE_MORE = {1, 0, 0, 0, 0, 0, 0, 0};
    private static final Pointer EIGHT = Pointer.createConstant(8);

    /** In {@link #readiness}. */
    private static final int EVENTS = 0;

    private static final int ALARM = 1;

    private final Inotify inotify;
    private final int alarm;
    private final Readiness readiness;
    private final InotifyWatcher watcher;
    private Interruptible interruptible = new Interruptible();
    private Set<Integer> watched = Set.of();
    private boolean changed;
    private long unusedSince;
    private boolean alarmIsOpen = true;

    private InotifyLookout(Inotify inotify, int alarm, InotifyWatcher watcher) {
        this.inotify = inotify;
        this.alarm = alarm;
        this.readiness = new Readiness(inotify.descriptor(), alarm);
        this.watcher = watcher;
    }

    /**
     * Opens one.
     *
     * @param whenClosed is given it back when it is closed
     */
    static InotifyLookout open(InotifyWatcher watcher) throws IOException {
        Inotify inotify = Inotify.open();
        Unix.OpenFlags flags = Linux.openFlags(Platform.ARCH);
        int alarm = LinuxEvents.eventfd(0, flags.closeOnExec() | flags.nonBlocking());
        if (alarm < 0) {
            String reason = LibC.strerror(Native.getLastError());
            inotify.close();
            throw new IOException("eventfd failed: " + reason);
        }
        return new InotifyLookout(inotify, alarm, watcher);
    }

    @Override
    public void watch(Set<Watch> watches) {
        Set<Integer> now = new HashSet<>();
        for (Watch watch : watches) {
            int number = inotify.add(watch);
            if (number >= 0) {
                now.add(number);
            } else {
                watcher.tellOfRefusal(watch.path(), -number);
            }
        }
        for (Integer number : watched) {
            if (!now.contains(number)) {
                inotify.remove(number);
                changed = true; // as the kernel will say
            }
        }
        watched = now;
        if (changed) {
            changed = false;
            forgetEvents();
        }
    }

    private void forgetEvents() {
        try {
            inotify.events();
        } catch (IOException e) {
            readiness.ignore(EVENTS);
            log.debug("Change signals ended, so a waiter polls", e);
        }
    }

    @Override
    public boolean await(long nanos) {
        if (interruptible.sleep(nanos)) {
            interruptible = new Interruptible();
        }
        if (readiness.isReady(ALARM)) {
            LinuxEvents.read(alarm, new byte[8], EIGHT);
        }
        changed |= readiness.isReady(EVENTS);
        return changed;
    }

    @Override
    public synchronized void wake() {
        if (alarmIsOpen) {
            LinuxEvents.write(alarm, ONCE_MORE, EIGHT);
        }
    }

    /**
     * Watches on, since whoever closes this is in haste and has a lock to hand out; until it watches something else or is disposed
     * of. What it sees meanwhile is forgotten.
     */
    @Override
    public void close() {
        changed = true;
        unusedSince = System.nanoTime();
        watcher.takeBack(this);
    }

    /** By {@link System#nanoTime}. */
    long unusedSince() {
        return unusedSince;
    }

    /** Gives the descriptors back. */
    void dispose() {
        synchronized (this) {
            alarmIsOpen = false;
            LibC.close(alarm);
        }
        inotify.close();
    }

    /** What makes {@link Thread#interrupt} end a system call: a channel that the thread is blocked on, which an interrupt closes. */
    private final class Interruptible extends AbstractInterruptibleChannel {
        /** Whether it was interrupted, after which this can't be used again. */
        boolean sleep(long nanos) {
            begin();
            try {
                readiness.await(nanos);
            } finally {
                try {
                    end(true);
                } catch (AsynchronousCloseException e) {
                    log.trace("Interrupted, as the thread's interrupt status tells too", e);
                }
            }
            return !isOpen();
        }

        @Override
        protected void implCloseChannel() {
            wake();
        }
    }
}
