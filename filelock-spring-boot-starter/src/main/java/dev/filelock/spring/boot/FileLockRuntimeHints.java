package dev.filelock.spring.boot;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;

/** What the core's dependencies find by name: the native libraries that they unpack, and the classes that JNA links. */
final class FileLockRuntimeHints implements RuntimeHintsRegistrar {
    private static final List<String> LINKED = List.of(
            "dev.filelock.os.LibC",
            "dev.filelock.os.Linux$Calls",
            "dev.filelock.os.LinuxEvents",
            "dev.filelock.os.MacOs$Calls",
            "dev.filelock.os.Kernel32$Calls");
    private static final List<String> PROXIED =
            List.of("dev.filelock.os.Linux$VariadicOpen", "dev.filelock.os.MacOs$VariadicOpen");

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.resources().registerPattern("com/sun/jna/*/*jnidispatch*");
        hints.resources().registerPattern("org/sqlite/native/**");
        for (String type : LINKED) {
            hints.jni().registerType(TypeReference.of(type), MemberCategory.INVOKE_DECLARED_METHODS);
            hints.reflection().registerType(TypeReference.of(type), MemberCategory.INVOKE_DECLARED_METHODS);
        }
        for (String type : PROXIED) {
            hints.proxies().registerJdkProxy(TypeReference.of(type));
        }
    }
}
