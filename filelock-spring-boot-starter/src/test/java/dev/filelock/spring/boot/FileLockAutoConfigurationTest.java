package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.filelock.HeldLock;
import dev.filelock.HeldLockInfo;
import dev.filelock.LockBackend;
import dev.filelock.LockListener;
import dev.filelock.LockOptions;
import dev.filelock.LockRegistry;
import dev.filelock.NativeAccess;
import dev.filelock.spring.FileLockMisuseException;
import dev.filelock.spring.FileLocked;
import dev.filelock.spring.FileLockedSettings;
import dev.filelock.spring.boot.actuate.FileLocksEndpoint;
import dev.filelock.spring.boot.actuate.FileLocksEndpointAutoConfiguration;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** What the starter brings into an application, and how properties and beans change it. */
@ExtendWith(OutputCaptureExtension.class)
class FileLockAutoConfigurationTest {
    @TempDir
    Path directory;

    private ApplicationContextRunner runner = new ApplicationContextRunner();

    @BeforeEach
    void configure() {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        FileLockAutoConfiguration.class,
                        FileLocksEndpointAutoConfiguration.class,
                        AopAutoConfiguration.class))
                .withPropertyValues("filelock.directory=" + directory);
    }

    @Test
    void thereIsARegistryAndMethodsAreLocked() {
        runner.withUserConfiguration(Application.class).run(context -> {
            assertThat(context).hasSingleBean(LockRegistry.class).hasBean("fileLockRegistry");
            assertThat(context.getBean(Application.Service.class).holds()).isEqualTo(1);
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
        });
    }

    @Test
    void theDefaultsAreThoseOfTheReference() {
        runner.run(context -> {
            LockOptions options = context.getBean(LockRegistry.class).options();
            assertThat(options.timeout()).isEqualTo(Duration.ofMinutes(1));
            assertThat(options.pollInterval()).isEqualTo(Duration.ofMillis(50));
            assertThat(options.backend()).isEqualTo(LockBackend.NATIVE);
            assertThat(options.readWriteBackend()).isEqualTo(LockBackend.SQLITE);
            assertThat(options.fallbackToSoft()).isTrue();
            assertThat(options.filePermissions()).isEmpty();
            assertThat(options.nativeAccess()).isEqualTo(NativeAccess.REQUIRE);
            assertThat(options.logWaitingAfter()).isEqualTo(Duration.ofSeconds(1));
            assertThat(options.logHeldAfter()).isNegative();
            assertThat(context.getBean(FileLockedSettings.class)).isEqualTo(FileLockedSettings.defaults());
        });
    }

    @Test
    void everyPropertyArrivesAtTheLocks() {
        runner.withPropertyValues(
                        "filelock.timeout=-1",
                        "filelock.poll-interval=PT0.2S",
                        "filelock.backend=soft",
                        "filelock.fallback-to-soft=false",
                        "filelock.file-permissions=0660",
                        "filelock.native-access=range-lock",
                        "filelock.log-waiting-after=5s",
                        "filelock.log-held-after=10m",
                        "filelock.lease.duration=20s",
                        "filelock.lease.heartbeat=2s",
                        "filelock.generation.heartbeat=4s",
                        "filelock.generation.stale-threshold=9s",
                        "filelock.transactions.max-wait=7s",
                        "filelock.shutdown.timeout=3s",
                        "filelock.annotations.order=17",
                        "filelock.misuse=warn",
                        "filelock.directories.shared.path=" + directory.resolve("shared"),
                        "filelock.directories.shared.timeout=5m",
                        "filelock.directories.shared.backend=lease",
                        "filelock.directories.shared.lease.duration=5s",
                        "filelock.directories.shared.read-write-backend=generation",
                        "filelock.directories.shared.generation.heartbeat=3s",
                        "filelock.directories.shared.file-permissions=rw-r-----")
                .run(context -> {
                    LockRegistry registry = context.getBean(LockRegistry.class);
                    LockOptions options = registry.options();
                    assertThat(context.getBean(FileLockProperties.class).shutdownTimeout())
                            .isEqualTo(Duration.ofSeconds(3));
                    assertThat(options.timeout()).isNegative();
                    assertThat(options.pollInterval()).isEqualTo(Duration.ofMillis(200));
                    assertThat(options.backend()).isEqualTo(LockBackend.SOFT);
                    assertThat(options.fallbackToSoft()).isFalse();
                    assertThat(options.filePermissions()).contains(PosixFilePermissions.fromString("rw-rw----"));
                    assertThat(options.nativeAccess()).isEqualTo(NativeAccess.RANGE_LOCK);
                    assertThat(options.logWaitingAfter()).isEqualTo(Duration.ofSeconds(5));
                    assertThat(options.logHeldAfter()).isEqualTo(Duration.ofMinutes(10));
                    assertThat(options.leaseDuration()).isEqualTo(Duration.ofSeconds(20));
                    assertThat(options.leaseHeartbeat()).isEqualTo(Duration.ofSeconds(2));
                    assertThat(options.generationHeartbeat()).isEqualTo(Duration.ofSeconds(4));
                    assertThat(options.staleThreshold()).isEqualTo(Duration.ofSeconds(9));
                    assertThat(context.getBean(FileLockedSettings.class))
                            .isEqualTo(new FileLockedSettings(17, false, Duration.ofSeconds(7)));
                    assertThat(registry.directories()).isEqualTo(Map.of("shared", directory.resolve("shared")));
                    LockOptions shared = registry.directory("shared").options();
                    assertThat(shared.timeout()).isEqualTo(Duration.ofMinutes(5));
                    assertThat(shared.backend()).isEqualTo(LockBackend.LEASE);
                    assertThat(shared.leaseDuration()).isEqualTo(Duration.ofSeconds(5));
                    assertThat(shared.leaseHeartbeat()).isEqualTo(Duration.ofSeconds(2));
                    assertThat(shared.readWriteBackend()).isEqualTo(LockBackend.GENERATION);
                    assertThat(shared.generationHeartbeat()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(shared.staleThreshold()).isEqualTo(Duration.ofSeconds(9));
                    assertThat(shared.pollInterval()).isEqualTo(Duration.ofMillis(200));
                    assertThat(shared.filePermissions()).contains(PosixFilePermissions.fromString("rw-r-----"));
                });
    }

    @Test
    void disabledItLeavesNoBeanBehind() {
        runner.withPropertyValues("filelock.enabled=false", "management.endpoints.web.exposure.include=*")
                .run(context -> assertThat(Stream.of(context.getBeanDefinitionNames())
                                .filter(name ->
                                        String.valueOf(context.getType(name)).contains("dev.filelock")))
                        .isEmpty());
    }

    @Test
    void withoutAnnotationsTheRegistryStaysAndTheLogSaysWhatIsNotLocked(CapturedOutput output) {
        runner.withPropertyValues("filelock.annotations.enabled=false")
                .withUserConfiguration(Application.class)
                .run(context -> {
                    assertThat(context).hasSingleBean(LockRegistry.class).doesNotHaveBean(FileLockedSettings.class);
                    assertThat(context.getBean(Application.Service.class).holds())
                            .isZero();
                    assertThat(output).contains("@FileLocked is switched off").contains("Service.holds()");
                });
    }

    @Test
    void aRegistryOfTheApplicationReplacesOurs() {
        runner.withUserConfiguration(OwnRegistry.class, Application.class).run(context -> {
            assertThat(context).hasSingleBean(LockRegistry.class).doesNotHaveBean("fileLockRegistry");
            assertThat(context.getBean(Application.Service.class).holds()).isEqualTo(1);
            assertThat(context.getBean(LockRegistry.class).directory()).endsWith(Path.of("own"));
        });
    }

    @Test
    void ofSeveralRegistriesThePrimaryIsUsed() {
        runner.withUserConfiguration(TwoRegistries.class, Application.class)
                .run(context -> assertThat(
                                context.getBean(Application.Service.class).holds())
                        .isEqualTo(1));
    }

    @Test
    void listenersAndCustomizersOfTheApplicationAreUsedInTheirOrder() {
        runner.withUserConfiguration(Listening.class).run(context -> {
            try (HeldLock held = context.getBean(LockRegistry.class).lock("x").acquire()) {
                assertThat(context.getBean(Listening.class).events).containsExactly("first", "second");
                assertThat(context.getBean(LockRegistry.class).options().timeout())
                        .isEqualTo(Duration.ofSeconds(3));
            }
        });
    }

    @Test
    void theRegistryIsClosedWithTheApplication() {
        LockRegistry[] kept = new LockRegistry[1];
        runner.run(context -> kept[0] = context.getBean(LockRegistry.class));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> kept[0].lock("x"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theEndpointExistsOnlyWhereItIsExposed() {
        runner.run(context -> assertThat(context).doesNotHaveBean(FileLocksEndpoint.class));
        runner.withPropertyValues("management.endpoints.web.exposure.include=filelocks")
                .run(context -> assertThat(context).hasSingleBean(FileLocksEndpoint.class));
        runner.withPropertyValues(
                        "management.endpoints.web.exposure.include=filelocks",
                        "management.endpoint.filelocks.access=NONE")
                .run(context -> assertThat(context).doesNotHaveBean(FileLocksEndpoint.class));
    }

    @Test
    void withoutTheActuatorLocksWorkAllTheSame() {
        runner.withClassLoader(new FilteredClassLoader(Endpoint.class))
                .withUserConfiguration(Application.class)
                .run(context -> {
                    assertThat(context).doesNotHaveBean(FileLocksEndpoint.class);
                    assertThat(context.getBean(Application.Service.class).holds())
                            .isEqualTo(1);
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "filelock.poll-interval=0 | filelock.poll-interval | greater than zero",
                "filelock.backend=sqlite | filelock.backend | no mode EXCLUSIVE",
                "filelock.read-write-backend=native | filelock.read-write-backend | no mode READ",
                "filelock.file-permissions=nonsense | filelock.file-permissions | rw-rw----",
                "filelock.file-permissions=0440 | filelock.file-permissions | owner read and write",
                "filelock.directories.shared.timeout=5m | filelock.directories.shared.path | needs a path",
                "filelock.directories.shared.path= | filelock.directories.shared.path | blank",
                "filelock.shutdown.timeout=-1 | filelock.shutdown.timeout | does not end",
                "filelock.transactions.max-wait=soon | filelock.transactions.max-wait | not a duration",
            })
    void aPropertyThatCanNotBeUsedIsNamedWithItsValueAndOrigin(String setting, String property, String reason) {
        Environment[] environment = new Environment[1];
        runner.withInitializer(context -> environment[0] = context.getEnvironment())
                .withPropertyValues(setting)
                .run(context -> {
                    assertThat(context).hasFailed();
                    FailureAnalysis analysis = new InvalidFileLockPropertyFailureAnalyzer(environment[0])
                            .analyze(context.getStartupFailure());
                    assertThat(analysis).isNotNull();
                    assertThat(analysis.getDescription())
                            .contains("Property: " + property)
                            .contains(reason);
                    if (property.equals(setting.substring(0, setting.indexOf('=')))) {
                        assertThat(analysis.getDescription())
                                .contains("Value: \"" + setting.substring(setting.indexOf('=') + 1) + '"')
                                .contains("Origin: ");
                    }
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "filelock.timeout=10 | '10' has no unit; write 10s",
                "filelock.timeout=soon | 'soon' is not a duration",
                "filelock.backend=zookeeper | zookeeper",
                "filelock.misuse=perhaps | perhaps",
            })
    void aValueThatDoesNotParseIsNamed(String setting, String told) {
        runner.withPropertyValues(setting)
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining(setting.substring(0, setting.indexOf('=')))
                        .hasStackTraceContaining(told));
    }

    @Test
    void misuseIsAnalysed() {
        runner.withUserConfiguration(Misused.class).run(context -> {
            assertThat(context).getFailure().isInstanceOf(FileLockMisuseException.class);
            FailureAnalysis analysis = new FileLockMisuseFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("finalMethod()").contains("take 'final' off");
            assertThat(analysis.getAction()).contains("filelock.misuse=warn");
        });
    }

    @Test
    void theNativeLibrariesAreHinted() {
        RuntimeHints hints = new RuntimeHints();
        new FileLockRuntimeHints().registerHints(hints, null);
        assertThat(RuntimeHintsPredicates.resource().forResource("com/sun/jna/linux-x86-64/libjnidispatch.so"))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.resource().forResource("org/sqlite/native/Linux/x86_64/libsqlitejdbc.so"))
                .accepts(hints);
    }

    @Test
    void everyHintIsOfAClassThereIsAndEveryLinkedClassIsHinted() throws Exception {
        RuntimeHints hints = new RuntimeHints();
        new FileLockRuntimeHints().registerHints(hints, null);
        Set<String> hinted = new TreeSet<>();
        hints.jni().typeHints().forEach(hint -> hinted.add(hint.getType().getName()));
        Set<String> linked = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter().importPackages("dev.filelock.os")) {
            if (type.getMethods().stream()
                    .anyMatch(method -> method.getModifiers().contains(JavaModifier.NATIVE))) {
                linked.add(type.getName());
            }
        }
        assertThat(hinted).isEqualTo(linked).isNotEmpty();
        assertThat(hints.proxies().jdkProxyHints())
                .isNotEmpty()
                .allSatisfy(hint -> assertThat(hint.getProxiedInterfaces())
                        .allSatisfy(
                                type -> assertThat(Class.forName(type.getName()).isInterface())
                                        .isTrue()));
    }

    @Configuration(proxyBeanMethods = false)
    public static class Application {
        @Bean
        public Service service(LockRegistry registry) {
            return new Service(registry);
        }

        public static class Service {
            private final LockRegistry registry;

            public Service(LockRegistry registry) {
                this.registry = registry;
            }

            @FileLocked("service")
            public int holds() {
                return registry.heldLocks().size();
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRegistry {
        @Bean
        LockRegistry mine() {
            return LockRegistry.builder()
                    .directory(Path.of(System.getProperty("java.io.tmpdir"), "filelock-test", "own"))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoRegistries {
        @Bean
        @Primary
        LockRegistry first() {
            return new OwnRegistry().mine();
        }

        @Bean
        LockRegistry second() {
            return new OwnRegistry().mine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Listening {
        final List<String> events = new CopyOnWriteArrayList<>();

        @Bean
        @Order(2)
        LockListener second() {
            return acquired("second");
        }

        @Bean
        @Order(1)
        LockListener first() {
            return acquired("first");
        }

        @Bean
        FileLockRegistryCustomizer shorter() {
            return builder -> builder.timeout(Duration.ofSeconds(3));
        }

        private LockListener acquired(String name) {
            return new LockListener() {
                @Override
                public void acquired(HeldLockInfo lock, Duration waited) {
                    events.add(name);
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Misused {
        @Bean
        Object broken() {
            return new Broken();
        }

        static class Broken {
            @FileLocked("x")
            public final void finalMethod() {}
        }
    }
}
