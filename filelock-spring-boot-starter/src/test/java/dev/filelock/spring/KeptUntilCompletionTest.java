package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockMode;
import dev.filelock.LockModeChangeException;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.support.TransactionTemplate;

/** What a lock that waits for the end of its transaction does meanwhile. */
@Timeout(60)
class KeptUntilCompletionTest {
    @TempDir
    Path directory;

    private final ExecutorService other = Executors.newSingleThreadExecutor();
    private AnnotationConfigApplicationContext context;
    private LockRegistry registry;
    private Service service;
    private TransactionTemplate transaction;

    @BeforeEach
    void startContext() {
        context = Contexts.prepare(directory, Application.class, Service.class);
        context.registerBean(
                FileLockedSettings.class,
                () -> new FileLockedSettings(FileLockedSettings.DEFAULT_ORDER, true, Duration.ofMillis(200)));
        context.refresh();
        registry = context.getBean(LockRegistry.class);
        service = context.getBean(Service.class);
        transaction = new TransactionTemplate(context.getBean(RecordingTransactions.class));
    }

    @AfterEach
    void stop() {
        context.close();
        other.shutdownNow();
    }

    @Test
    void aThreadThatKeepsALockNeverWaitsForEver() throws Exception {
        HeldLock blocking = other.submit(() -> registry.lock("b").acquire()).get(30, TimeUnit.SECONDS);
        transaction.executeWithoutResult(status -> {
            service.a();
            assertThatThrownBy(() -> service.bForEver()).isInstanceOf(FileLockTimeoutException.class);
        });
        blocking.close();
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void aThreadThatKeepsNoneMayWaitForEver() throws Exception {
        HeldLock blocking = other.submit(() -> registry.lock("b").acquire()).get(30, TimeUnit.SECONDS);
        transaction.executeWithoutResult(status -> service.a());
        other.submit(() -> {
            await().during(Duration.ofMillis(600))
                    .until(() -> registry.waitingLocks().size() == 1);
            blocking.close();
        });
        service.bForEver();
    }

    @Test
    void aChangeOfModeNamesTheMethodThatTookTheLock() {
        transaction.executeWithoutResult(status -> {
            service.read();
            assertThatThrownBy(() -> service.write())
                    .isInstanceOf(LockModeChangeException.class)
                    .hasMessageContaining("Service.read()")
                    .hasMessageContaining("release = METHOD");
        });
        service.write();
    }

    @Test
    void callsWithoutNumberAddOneLevelOnly() {
        transaction.executeWithoutResult(status -> {
            for (int i = 0; i < 1000; i++) {
                service.a();
            }
            assertThat(registry.heldLocks())
                    .singleElement()
                    .extracting(HeldLockInfo::holdCount)
                    .isEqualTo(1);
        });
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void aMinimumHoldGoesOnAfterTheTransaction() {
        transaction.executeWithoutResult(status -> service.minimum());
        assertThat(registry.lock("minimum").tryAcquire()).isEmpty();
        context.close();
        assertThat(LockRegistry.builder()
                        .directory(directory)
                        .build()
                        .lock("minimum")
                        .tryAcquire())
                .get()
                .satisfies(HeldLock::close);
    }

    @Test
    void aThrowableOfTheMethodIsNeverWrapped() {
        assertThatThrownBy(() -> service.failing()).isExactlyInstanceOf(Odd.class);
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Application {
        @Bean
        RecordingTransactions transactionManager(LockRegistry fileLockRegistry) {
            return new RecordingTransactions(fileLockRegistry);
        }
    }

    static class Odd extends Throwable {
        private static final long serialVersionUID = 1L;
    }

    static class Service {
        @FileLocked("a")
        public void a() {}

        @FileLocked(path = "b", timeout = "-1")
        public void bForEver() {}

        @FileLocked(path = "catalog", mode = LockMode.READ)
        public void read() {}

        @FileLocked(path = "catalog", mode = LockMode.WRITE)
        public void write() {}

        @FileLocked(path = "minimum", timeout = "0", minimumHold = "1h")
        public void minimum() {}

        @FileLocked("failing")
        public void failing() throws Throwable {
            throw new Odd();
        }
    }
}
