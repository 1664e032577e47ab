package dev.filelock.protocol;

import java.security.AccessController;
import java.security.PrivilegedAction;
import org.jspecify.annotations.Nullable;

/**
 * What keeps nothing of whoever happens to need it first: no thread locals, no class loader, no thread group. Applications that share the library in a
 * container come and go, while a thread may stay.
 */
public final class Detached {
    /** Before JDK 24 a thread keeps the protection domains of all that were on the stack of its maker, and so their class loaders. */
    private static final boolean KEEP_CALLERS = Runtime.version().feature() < 24;

    private Detached() {}

    /** A new daemon thread, not started yet. */
    public static Thread thread(String name, Runnable work) {
        Thread[] made = new Thread[1];
        run(() -> made[0] = new Thread(topmostGroup(), work, name, 0, false));
        made[0].setDaemon(true);
        made[0].setPriority(Thread.NORM_PRIORITY);
        made[0].setContextClassLoader(null);
        return made[0];
    }

    private static @Nullable ThreadGroup topmostGroup() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        for (ThreadGroup above = group; above != null; above = above.getParent()) {
            group = above;
        }
        return group;
    }

    /** Runs what may start threads of others, here and now. */
    public static void run(Runnable work) {
        Thread self = Thread.currentThread();
        ClassLoader context = self.getContextClassLoader();
        self.setContextClassLoader(null);
        try {
            if (KEEP_CALLERS) {
                runPrivileged(work);
            } else {
                work.run();
            }
        } finally {
            self.setContextClassLoader(context);
        }
    }

    @SuppressWarnings("removal") // never called on a JDK that may be without it
    private static void runPrivileged(Runnable work) {
        AccessController.doPrivileged((PrivilegedAction<Boolean>) () -> {
            work.run();
            return true;
        });
    }
}
