package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.FileLockTimeoutException;
import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockMode;
import dev.filelock.LockRegistry;
import dev.filelock.WaitingLockInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A method with several locks has all of them or none, taken in an order that all processes share. */
@Timeout(60)
class SeveralLocksTest {
    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private AnnotationConfigApplicationContext context;
    private Service service;
    private LockRegistry registry;

    @BeforeEach
    void startContext() {
        context = new AnnotationConfigApplicationContext();
        registry = LockRegistry.builder()
                .directory(directory.resolve("main"))
                .timeout(Duration.ofMinutes(1))
                .listener(new Recorder())
                .directory(
                        "other",
                        directory.resolve("other"),
                        dev.filelock.LockOptions.builder()
                                .timeout(Duration.ofMillis(50))
                                .build())
                .directory("alias", directory.resolve("alias"), dev.filelock.LockOptions.defaults())
                .build();
        context.registerBean("fileLockRegistry", LockRegistry.class, () -> registry);
        context.register(FileLockedConfiguration.class, Service.class);
        context.refresh();
        service = context.getBean(Service.class);
    }

    @AfterEach
    void stop() {
        context.close();
        threads.shutdownNow();
    }

    private final class Recorder implements LockListener {
        @Override
        public void acquired(HeldLockInfo lock, Duration waited) {
            events.add("+" + name(lock));
        }

        @Override
        public void released(HeldLockInfo lock, Duration held) {
            events.add("-" + name(lock));
        }

        private String name(HeldLockInfo lock) {
            String file = lock.path().getFileName().toString();
            return file.replaceAll("\\..*", "") + (lock.mode() == LockMode.EXCLUSIVE ? "" : ":" + lock.mode());
        }
    }

    private <T> T elsewhere(Callable<T> work) throws Exception {
        return threads.submit(work).get(30, TimeUnit.SECONDS);
    }

    @Test
    void repeatedAnnotationsAreTakenByFileAndReleasedInReverse() {
        assertThat(service.threeByHand()).containsExactly("a", "b", "c");
        assertThat(events).containsExactly("+a", "+b", "+c", "-c", "-b", "-a");
    }

    @Test
    void theCurrentHoldIsThatOfTheFirstAnnotation() {
        assertThat(service.currentOfTwo()).as("the last in order").isEqualTo("c");
        assertThat(service.currentOfThree()).as("not the last in order").isEqualTo("b");
    }

    @Test
    void aCollectionInThePathIsOneLockForEachElement() {
        assertThat(service.of(List.of("z", "a", "m", "a"))).containsExactly("a", "m", "z");
        assertThat(service.of(Set.of("only"))).containsExactly("only");
        assertThat(service.numbers(10, 9, 10)).containsExactly("10", "9");
        assertThat(service.products(new Order(List.of("p/1", "p/2")))).containsExactly("p%2F1", "p%2F2");
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void writeBeatsReadOnTheSameName() {
        assertThat(service.readAndWrite("x", "y")).containsExactly("x:READ", "y:WRITE");
        assertThat(service.readAndWrite("x", "x")).containsExactly("x:WRITE");
    }

    @Test
    void oneFileInTwoDirectoriesIsOneLock() throws Exception {
        Files.createDirectories(directory.resolve("other"));
        Files.createSymbolicLink(directory.resolve("alias"), directory.resolve("other"));
        assertThat(service.twoNamesOfOneFile()).hasSize(1);
    }

    @Test
    void twoBackendsOnOneFileAreStillAnError() {
        assertThatThrownBy(() -> service.twoBackends("x", "x"))
                .hasMessageContaining("SOFT")
                .hasMessageContaining("NATIVE");
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void nothingToLockIsAnError() {
        assertThatThrownBy(() -> service.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#{#names} in the lock path of SeveralLocksTest.Service.of(Collection) is empty");
        assertThatThrownBy(() -> service.numbers()).hasMessageContaining("is empty");
        assertThatThrownBy(() -> service.of(Arrays.asList("a", null)))
                .hasMessageContaining("an element of #{#names}")
                .hasMessageContaining("is null");
        assertThatThrownBy(() -> service.of(List.of("a", " "))).hasMessageContaining("is blank");
        assertThatThrownBy(() -> service.of(List.of(List.of("a")))).hasMessageContaining("single values");
        assertThatThrownBy(() -> service.map(Map.of("a", 1))).hasMessageContaining("#{#counts.keySet()}");
        assertThatThrownBy(() -> service.pairs(List.of("a"), List.of("b")))
                .hasMessageContaining("two parts that yield collections");
        assertThat(service.pairs("a", List.of("b", "c"))).containsExactly("a-b", "a-c");
        assertThat(events.stream().filter(event -> event.startsWith("+"))).hasSize(2);
    }

    @Test
    void whoDoesNotGetAllGetsNone() throws Exception {
        HeldLock held = elsewhere(() -> registry.lock("b").acquire());
        assertThatThrownBy(() -> service.threeAtOnce())
                .isInstanceOf(FileLockTimeoutException.class)
                .hasMessageContaining("b.lock not acquired at once: held by thread");
        assertThat(elsewhere(() -> registry.lock("a").tryAcquire())).isPresent();
        held.close();
    }

    @Test
    void whoDoesNotGetAllIsSkippedAsAWhole() throws Exception {
        HeldLock held = elsewhere(() -> registry.lock("b").acquire());
        assertThat(service.threeOrNothing()).isNull();
        assertThat(registry.heldLocks()).hasSize(1);
        held.close();
        assertThat(service.threeOrNothing()).hasSize(3);
    }

    @Test
    void oneDeadlineCoversAllLocks() throws Exception {
        HeldLock first = registry.lock("a").acquire();
        HeldLock second = registry.lock("b").acquire();
        Future<?> call = threads.submit(() -> service.twoWithinAMinute());
        await().until(() -> timeoutOfWaiterFor("a") != null);
        first.close();
        await().until(() -> timeoutOfWaiterFor("b") != null);
        assertThat(timeoutOfWaiterFor("b")).isLessThan(Duration.ofMinutes(1));
        second.close();
        call.get(30, TimeUnit.SECONDS);
    }

    private @Nullable Duration timeoutOfWaiterFor(String name) {
        return registry.waitingLocks().stream()
                .filter(waiting -> waiting.path().endsWith(name + ".lock"))
                .map(WaitingLockInfo::timeout)
                .findFirst()
                .orElse(null);
    }

    @Test
    void whoRunsOutOfTimeIsToldTheTimeOfTheCall() throws Exception {
        HeldLock held = elsewhere(() -> registry.lock("b").acquire());
        assertThatThrownBy(() -> service.threeWithin()).isInstanceOfSatisfying(FileLockTimeoutException.class, e -> {
            assertThat(e).hasMessageContaining("b.lock not acquired in 100 ms: held by thread");
            assertThat(e.waited()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        });
        assertThat(registry.heldLocks()).hasSize(1);
        held.close();
    }

    @Test
    void withoutATimeoutTheShortestOfTheDirectoriesCounts() throws Exception {
        HeldLock held = elsewhere(() -> registry.lock("a").acquire());
        assertThatThrownBy(() -> service.inTwoDirectories()).hasMessageContaining("a.lock not acquired in 50 ms");
        held.close();
    }

    @Test
    void callsThatNameTheLocksInAnyOrderNeverWaitForEachOther() throws Exception {
        List<Future<?>> calls = new java.util.ArrayList<>();
        for (int i = 0; i < 200; i++) {
            List<String> names = i % 2 == 0 ? List.of("a", "b", "c") : List.of("c", "b", "a");
            calls.add(threads.submit(() -> service.of(names)));
        }
        for (Future<?> call : calls) {
            call.get(60, TimeUnit.SECONDS);
        }
        assertThat(registry.heldLocks()).isEmpty();
    }

    @Test
    void aFailureOfTheMethodReleasesAll() {
        assertThatThrownBy(() -> service.failing()).hasMessage("mine");
        assertThat(registry.heldLocks()).isEmpty();
        assertThat(events).endsWith("-b", "-a");
    }

    @Test
    void aMinimumHoldKeepsAll() {
        service.job();
        assertThat(registry.heldLocks()).hasSize(2);
    }

    static Stream<Arguments> misuses() {
        return Stream.of(
                Arguments.of(
                        TwoTimeouts.class,
                        "timeout is \"1s\" in one annotation and \"2s\" in another, but it is one for all locks of a call"),
                Arguments.of(TwoFallbacks.class, "fallback is \"one\" in one annotation and \"two\" in another"),
                Arguments.of(
                        SkipsSomewhere.class, "onTimeout = SKIP, but its result, int, can't say that it did not run"),
                Arguments.of(MinimumHoldOfAReader.class, "minimumHold needs mode EXCLUSIVE, not READ"),
                Arguments.of(BothFamilies.class, "use mode WRITE instead of EXCLUSIVE"),
                Arguments.of(OneOfThemBlank.class, "path is blank"));
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void annotationsThatContradictEachOtherAreToldAtStartup(Class<?> component, String told) {
        assertThatThrownBy(() -> Contexts.start(directory, component).close())
                .isInstanceOf(FileLockMisuseException.class)
                .hasMessageContaining(told)
                .hasMessageContaining(component.getSimpleName() + ".run()");
    }

    record Order(List<String> products) {}

    static class Service {
        @Autowired
        private LockRegistry registry;

        /** What this registry holds at the moment, by file. */
        private List<String> held() {
            return registry.heldLocks().stream()
                    .map(lock -> lock.path().getFileName().toString().replaceAll("\\.(lock|db)$", "")
                            + (lock.mode() == LockMode.EXCLUSIVE ? "" : ":" + lock.mode()))
                    .sorted()
                    .toList();
        }

        @FileLocked("c")
        @FileLocked("a")
        @FileLocked("b")
        public List<String> threeByHand() {
            return held();
        }

        @FileLocked("c")
        @FileLocked("a")
        public String currentOfTwo() {
            return FileLocks.current().path().getFileName().toString().replace(".lock", "");
        }

        @FileLocked("b")
        @FileLocked("c")
        @FileLocked("a")
        public String currentOfThree() {
            return FileLocks.current().path().getFileName().toString().replace(".lock", "");
        }

        @FileLocked(path = "c", timeout = "0")
        @FileLocked("a")
        @FileLocked("b")
        public void threeAtOnce() {}

        @FileLocked("c")
        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        @FileLocked("b")
        public @Nullable List<String> threeOrNothing() {
            return held();
        }

        @FileLocked(path = "a", timeout = "100ms")
        @FileLocked(path = "b", timeout = "100ms")
        @FileLocked("c")
        public void threeWithin() {}

        @FileLocked("a")
        @FileLocked(path = "b", timeout = "1m")
        public void twoWithinAMinute() {}

        @FileLocked("a")
        @FileLocked(path = "b", directory = "other")
        public void inTwoDirectories() {}

        @FileLocked(path = "x", directory = "other")
        @FileLocked(path = "x", directory = "alias")
        public List<String> twoNamesOfOneFile() {
            return held();
        }

        @FileLocked("#{#names}")
        public List<String> of(Collection<?> names) {
            return held();
        }

        @FileLocked("#{#numbers}")
        public List<String> numbers(int... numbers) {
            return held();
        }

        @FileLocked("stock/#{#order.products}")
        public List<String> products(Order order) {
            return held();
        }

        @FileLocked("#{#counts}")
        public void map(Map<String, Integer> counts) {}

        @FileLocked("#{#one}-#{#other}")
        public List<String> pairs(Object one, Object other) {
            return held();
        }

        @FileLocked(path = "#{#read}", mode = LockMode.READ)
        @FileLocked(path = "#{#write}", mode = LockMode.WRITE)
        public List<String> readAndWrite(String read, String write) {
            return held();
        }

        @FileLocked("#{#one}")
        @FileLocked(path = "#{#other}", backend = "soft")
        public void twoBackends(String one, String other) {}

        @FileLocked("a")
        @FileLocked("b")
        public void failing() {
            throw new IllegalStateException("mine");
        }

        @FileLocked(path = "a", minimumHold = "10m", onTimeout = FileLocked.OnTimeout.SKIP)
        @FileLocked("b")
        public void job() {}
    }

    static class TwoTimeouts {
        @FileLocked(path = "a", timeout = "1s")
        @FileLocked(path = "b", timeout = "2s")
        public void run() {}
    }

    static class TwoFallbacks {
        @FileLocked(path = "a", fallback = "one")
        @FileLocked(path = "b", fallback = "two")
        public void run() {}

        void one() {}

        void two() {}
    }

    static class SkipsSomewhere {
        @FileLocked("a")
        @FileLocked(path = "b", onTimeout = FileLocked.OnTimeout.SKIP)
        public int run() {
            return 0;
        }
    }

    static class MinimumHoldOfAReader {
        @FileLocked(path = "a", minimumHold = "1s", timeout = "0")
        @FileLocked(path = "b", mode = LockMode.READ)
        public void run() {}
    }

    static class BothFamilies {
        @FileLocked("a")
        @FileLocked(path = "a", mode = LockMode.READ)
        public void run() {}
    }

    static class OneOfThemBlank {
        @FileLocked("a")
        @FileLocked
        public void run() {}
    }
}
