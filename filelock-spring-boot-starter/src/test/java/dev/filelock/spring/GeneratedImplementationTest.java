package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Interfaces whose implementations a library makes at runtime, as Spring Data does of repositories and Spring of HTTP clients. */
@Timeout(60)
class GeneratedImplementationTest {
    @TempDir
    Path directory;

    @Test
    void aMethodThatOnlyTheInterfaceAnnotatesIsLockedThoughAClassBehindItHasTheSame() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Repositories.class)) {
            Accounts accounts = context.getBean(Accounts.class);
            assertThat(accounts.find("7")).isEqualTo(accounts.save("7")).endsWith("account-7.lock");
        }
    }

    @Test
    void aTypesAnnotationCoversWhatTheInterfaceDeclaresThoughAClassBehindItHasTheSame() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, OfTypes.class)) {
            assertThat(context.getBean(LockedAsAType.class).save("7")).endsWith("type.lock");
        }
    }

    @Test
    void aFallbackOfTheInterfaceAnswers() throws Exception {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Repositories.class);
                Neighbour neighbour = new Neighbour(directory);
                HeldLock held = neighbour.take("account-7")) {
            assertThat(CompletableFuture.supplyAsync(
                            () -> context.getBean(Accounts.class).tryToSave("7")))
                    .succeedsWithin(Duration.ofSeconds(30))
                    .isEqualTo("not locked");
        }
    }

    @Test
    void whatTheInterfaceSaysIsInspected() {
        try (AnnotationConfigApplicationContext context = Contexts.prepare(directory, Misused.class)) {
            assertThatThrownBy(() -> {
                        context.refresh();
                        context.getBean(MisusedAccounts.class);
                    })
                    .hasStackTraceContaining("save(String)")
                    .hasStackTraceContaining("#nobody");
        }
    }

    @Test
    void locksAreNamedAfterTheInterface() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Clients.class)) {
            assertThat(context.getBean(Client.class).fetch()).endsWith("Client.fetch");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Repositories {
        @Bean
        static Repository<Accounts> accounts() {
            return new Repository<>(Accounts.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfTypes {
        @Bean
        static Repository<LockedAsAType> locked() {
            return new Repository<>(LockedAsAType.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Misused {
        @Bean
        static Repository<MisusedAccounts> accounts() {
            return new Repository<>(MisusedAccounts.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Clients {
        @Bean
        static Client client() {
            return ProxyFactory.getProxy(Client.class, (MethodInterceptor)
                    call -> FileLocks.current().info().label());
        }
    }

    interface Client {
        @FileLocked("client")
        String fetch();
    }

    interface Accounts {
        @FileLocked("account-#{#p0}")
        String save(String id);

        @FileLocked("account-#{#p0}")
        String find(String id);

        @FileLocked(path = "account-#{#p0}", fallback = "busy")
        String tryToSave(String id);

        String busy(String id);
    }

    @FileLocked("type")
    interface LockedAsAType {
        String save(String id);
    }

    interface MisusedAccounts {
        @FileLocked("#{#nobody}")
        String save(String id);
    }

    /** Makes a repository as Spring Data does: a proxy before a class that has some of its methods, but not its interface. */
    static final class Repository<T> implements FactoryBean<T> {
        private final Class<T> type;

        Repository(Class<T> type) {
            this.type = type;
        }

        @Override
        public T getObject() {
            ProxyFactory proxy = new ProxyFactory();
            proxy.setTarget(new Simple());
            proxy.setInterfaces(type);
            proxy.addAdvice((MethodInterceptor) Repository::run);
            return type.cast(proxy.getProxy());
        }

        private static Object run(MethodInvocation call) {
            return FileLocks.find().map(held -> held.path().toString()).orElse("not locked");
        }

        @Override
        public Class<?> getObjectType() {
            return type;
        }
    }

    static class Simple {
        public String save(String id) {
            return id;
        }
    }
}
