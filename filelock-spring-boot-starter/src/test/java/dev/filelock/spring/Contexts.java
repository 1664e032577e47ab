package dev.filelock.spring;

import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** Contexts as an application without Spring Boot makes them: the configuration of the advice, and a registry. */
final class Contexts {
    private Contexts() {}

    static AnnotationConfigApplicationContext start(Path directory, Class<?>... components) {
        AnnotationConfigApplicationContext context = prepare(directory, components);
        context.refresh();
        return context;
    }

    static AnnotationConfigApplicationContext prepare(Path directory, Class<?>... components) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addLast(new MapPropertySource("test", java.util.Map.of("app.area", "north", "app.wait", "10s")));
        context.registerBean("fileLockRegistry", LockRegistry.class, () -> registry(directory));
        context.register(FileLockedConfiguration.class);
        if (components.length > 0) {
            context.register(components);
        }
        return context;
    }

    private static LockRegistry registry(Path directory) {
        LockOptions options =
                LockOptions.builder().timeout(Duration.ofMinutes(1)).build();
        return LockRegistry.builder()
                .directory(directory)
                .options(options)
                .directory("shared", directory.resolve("elsewhere"), options)
                .build();
    }
}
