package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.cache.Cache;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCache;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;

/** The lock is taken inside Spring Security's advice for methods, and outside Spring's caching, as the guide says. */
@Timeout(60)
class SecurityAndCachingOrderTest {
    @TempDir
    Path directory;

    @AfterEach
    void logOut() {
        SecurityContextHolder.clearContext();
    }

    @Test
    void whoIsNotAllowedInNeverTakesTheLock() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Application.class, Service.class)) {
            Service service = context.getBean(Service.class);
            logIn("ROLE_GUEST");
            assertThatThrownBy(service::guarded).isInstanceOf(AccessDeniedException.class);
            assertThat(directory).isEmptyDirectory();
            logIn("ROLE_CLERK");
            assertThat(service.guarded()).isEqualTo(1);
            assertThat(directory.resolve("guarded.lock")).exists();
        }
    }

    @Test
    void aResultIsJudgedAfterTheLockIsReleased() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Application.class, Service.class)) {
            logIn("ROLE_CLERK");
            assertThatThrownBy(context.getBean(Service.class)::judged).isInstanceOf(AccessDeniedException.class);
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
        }
    }

    @Test
    void aMissFillsTheCacheUnderTheLockAndAHitTakesItFirst() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Application.class, Service.class)) {
            Service service = context.getBean(Service.class);
            LockRegistry registry = context.getBean(LockRegistry.class);
            assertThat(service.cached("a")).isEqualTo("a, held 1, call 1");
            assertThat(service.cached("a")).isEqualTo("a, held 1, call 1");
            assertThat(context.getBean(HeldCounts.class).puts).isEqualTo(1);
            Thread holder = new Thread(() -> registry.lock("cached").lock());
            holder.start();
            join(holder);
            assertThatThrownBy(() -> service.cached("a"))
                    .as("a hit, while somebody holds the lock")
                    .isInstanceOf(FileLockTimeoutException.class);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void logIn(String authority) {
        SecurityContextHolder.getContext()
                .setAuthentication(new TestingAuthenticationToken("somebody", "secret", authority));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMethodSecurity
    @EnableCaching
    static class Application {
        @Bean
        HeldCounts heldCounts() {
            return new HeldCounts();
        }

        /** Sees whether the lock is held when the cache is filled. */
        @Bean
        ConcurrentMapCacheManager cacheManager(LockRegistry registry, HeldCounts counts) {
            return new ConcurrentMapCacheManager("results") {
                @Override
                protected Cache createConcurrentMapCache(String name) {
                    return new ConcurrentMapCache(name) {
                        @Override
                        public void put(Object key, Object value) {
                            counts.puts += registry.heldLocks().size();
                            super.put(key, value);
                        }
                    };
                }
            };
        }
    }

    static final class HeldCounts {
        int puts;
    }

    static class Service {
        private final LockRegistry registry;
        private int calls;

        Service(LockRegistry registry) {
            this.registry = registry;
        }

        @PreAuthorize("hasRole('CLERK')")
        @FileLocked("guarded")
        public int guarded() {
            return registry.heldLocks().size();
        }

        @PostAuthorize("returnObject == 'for clerks' and @fileLockRegistry.heldLocks().isEmpty() and false")
        @FileLocked("judged")
        public String judged() {
            return "for clerks";
        }

        @FileLocked(path = "cached", timeout = "10ms")
        @Cacheable("results")
        public String cached(String key) {
            return key + ", held " + registry.heldLocks().size() + ", call " + ++calls;
        }
    }
}
