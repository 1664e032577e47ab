package dev.filelock.spring;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Knows Mockito's mocks: a test that replaces a bean by one means it to have no behaviour, locks included. */
final class Mocks {
    private static final @Nullable Class<?> MOCKITO = find();
    private static final @Nullable Method IS_MOCK =
            MOCKITO == null ? null : ClassUtils.getMethodIfAvailable(MOCKITO, "isMock", Object.class);

    private Mocks() {}

    private static @Nullable Class<?> find() {
        try {
            return ClassUtils.forName("org.mockito.internal.util.MockUtil", Mocks.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return null; // no Mockito, as in every application outside its tests
        }
    }

    static boolean isMock(Object bean) {
        return IS_MOCK != null && Boolean.TRUE.equals(ReflectionUtils.invokeMethod(IS_MOCK, null, bean));
    }
}
