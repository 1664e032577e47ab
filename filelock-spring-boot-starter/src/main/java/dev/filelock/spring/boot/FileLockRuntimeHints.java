package dev.filelock.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** The native libraries that the core unpacks from its dependencies. */
final class FileLockRuntimeHints implements RuntimeHintsRegistrar {
    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.resources().registerPattern("com/sun/jna/*/*jnidispatch*");
        hints.resources().registerPattern("org/sqlite/native/**");
    }
}
