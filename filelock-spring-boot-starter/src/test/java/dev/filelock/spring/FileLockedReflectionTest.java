package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;

/** A native image keeps what annotations call by name. */
class FileLockedReflectionTest {
    private final RuntimeHints hints = new RuntimeHints();

    @Test
    void theMethodAndItsFallbackCanBeCalled() throws NoSuchMethodException {
        register(Service.class);
        assertThat(kept(Service.class, "run")).isTrue();
        assertThat(kept(Service.class, "busy")).isTrue();
        assertThat(kept(Service.class, "other")).isFalse();
    }

    @Test
    void theFallbackOfATypeAndOfSeveralAnnotationsCanBeCalledToo() throws NoSuchMethodException {
        register(OnType.class);
        register(Several.class);
        assertThat(kept(OnType.class, "busy")).isTrue();
        assertThat(kept(Several.class, "busy")).isTrue();
    }

    private void register(Class<?> type) {
        new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, type);
    }

    private boolean kept(Class<?> type, String method) throws NoSuchMethodException {
        return RuntimeHintsPredicates.reflection()
                .onMethodInvocation(type.getDeclaredMethod(method))
                .test(hints);
    }

    static class Service {
        @FileLocked(path = "x", fallback = "busy")
        public void run() {}

        private void busy() {}

        private void other() {}
    }

    @FileLocked(path = "x", fallback = "busy")
    static class OnType {
        public void run() {}

        public void busy() {}
    }

    static class Several {
        @FileLocked(path = "x", fallback = "busy")
        @FileLocked("y")
        public void run() {}

        void busy() {}
    }
}
