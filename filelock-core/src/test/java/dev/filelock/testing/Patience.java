package dev.filelock.testing;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Interrupts a test that takes longer than the system property {@code filelock.patience} says, such as {@code PT4S}, whatever
 * its own time limit is. For the tests of mutations: if one waits for ever, PIT ends the JVM and starts another, in which it runs
 * all tests once to find them, which takes longer than the mutation itself. Registered for all tests; does nothing otherwise.
 */
public final class Patience implements InvocationInterceptor {
    private static final Duration LIMIT = Duration.parse(System.getProperty("filelock.patience", "PT0S"));

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context)
            throws Throwable {
        proceed(invocation);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context)
            throws Throwable {
        proceed(invocation);
    }

    private static void proceed(Invocation<Void> invocation) throws Throwable {
        if (LIMIT.isZero()) {
            invocation.proceed();
            return;
        }
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try {
            Future<?> end = clock.schedule(Thread.currentThread()::interrupt, LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            invocation.proceed();
            if (!end.cancel(false)) {
                throw new AssertionError("The test took longer than " + LIMIT);
            }
        } finally {
            clock.shutdownNow();
        }
    }
}
