package dev.filelock.testing;

import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Keeps PIT from running all tests just to find them. Its plugin for JUnit does so at the start of each JVM in which it tries
 * mutations, and a mutation that makes a test wait costs the JVM: so most of its time went into that. Registered for all tests; does
 * nothing otherwise.
 */
public final class FoundWithoutRunning implements InvocationInterceptor {
    private static final boolean TRIES_MUTATIONS =
            System.getProperty("sun.java.command", "").startsWith("org.pitest.mutationtest.execute.");

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context)
            throws Throwable {
        runUnlessOnlyLookedFor(invocation);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> call, ExtensionContext context)
            throws Throwable {
        runUnlessOnlyLookedFor(invocation);
    }

    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext call, ExtensionContext context) throws Throwable {
        runUnlessOnlyLookedFor(invocation);
    }

    private static void runUnlessOnlyLookedFor(Invocation<Void> invocation) throws Throwable {
        if (TRIES_MUTATIONS && isLookedFor()) {
            invocation.skip();
        } else {
            invocation.proceed();
        }
    }

    private static boolean isLookedFor() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().endsWith(".JUnit5TestUnitFinder")));
    }
}
