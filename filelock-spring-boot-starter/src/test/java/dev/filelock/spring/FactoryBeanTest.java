package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** Looking for misuse leaves factory beans alone, however they come to be made, and looks at what they make. */
class FactoryBeanTest {
    @TempDir
    Path directory;

    @Test
    void aFactoryBeanIsMadeAtTheStartAndOnDemand() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, Factories.class)) {
            assertThat(context.getBean(Product.class).name()).isEqualTo("eager");
            assertThat(context.getBean(LazyProduct.class).name()).isEqualTo("lazy");
        }
    }

    @Test
    void whatItMakesIsInspected() {
        try (AnnotationConfigApplicationContext context = Contexts.start(directory, OfMisused.class)) {
            assertThatThrownBy(() -> context.getBean(Misused.class))
                    .hasStackTraceContaining("finalMethod()")
                    .hasStackTraceContaining("take 'final' off");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Factories {
        @Bean
        Factory<Product> product() {
            return new Factory<>(Product.class, new Product());
        }

        @Bean
        @Lazy
        Factory<LazyProduct> lazyProduct() {
            return new Factory<>(LazyProduct.class, new LazyProduct());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfMisused {
        @Bean
        Factory<Misused> misused() {
            return new Factory<>(Misused.class, new Misused());
        }
    }

    static final class Factory<T> implements FactoryBean<T> {
        private final Class<T> type;
        private final T product;

        Factory(Class<T> type, T product) {
            this.type = type;
            this.product = product;
        }

        @Override
        public T getObject() {
            return product;
        }

        @Override
        public Class<?> getObjectType() {
            return type;
        }
    }

    static class Product {
        String name() {
            return "eager";
        }
    }

    static class LazyProduct {
        String name() {
            return "lazy";
        }
    }

    static class Misused {
        @FileLocked("x")
        public final void finalMethod() {}
    }
}
