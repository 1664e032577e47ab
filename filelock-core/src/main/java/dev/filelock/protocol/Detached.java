package dev.filelock.protocol;

import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * What keeps nothing of whoever happens to need it first: no thread locals, no class loader. Applications that share the library in a
 * container come and go, while a thread may stay.
 */
public final class Detached {
    /** Before JDK 24 a thread keeps the protection domains of all that were on the stack of its maker, and so their class loaders. */
    private static final boolean KEEP_CALLERS = Runtime.version().feature() < 24;

    private Detached() {}

    /** A new daemon thread, not started yet. */
    public static Thread thread(String name, Runnable work) {
        Thread[] made = new Thread[1];
        run(() -> made[0] = new Thread(null, work, name, 0, false));
        made[0].setDaemon(true);
        made[0].setContextClassLoader(null);
        return made[0];
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
