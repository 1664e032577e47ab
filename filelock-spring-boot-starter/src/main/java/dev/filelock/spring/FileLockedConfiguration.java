package dev.filelock.spring;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Makes {@link FileLocked} work. The starter's auto-configuration imports it; without Spring Boot an application does so itself and
 * declares a {@link dev.filelock.LockRegistry} bean, and a {@link FileLockedSettings} bean if the defaults don't suit:
 *
 * <pre>{@code
 * @Configuration
 * @Import(FileLockedConfiguration.class)
 * class LockConfiguration {
 *     @Bean
 *     LockRegistry fileLockRegistry() {
 *         return LockRegistry.builder().directory(Path.of("/var/lib/app/locks")).build();
 *     }
 * }
 * }</pre>
 *
 * <p>Proxies are made by Spring's own auto-proxy creator, which this class registers if nothing else did; no AspectJ is needed. Of
 * several registries the bean called {@value #REGISTRY} is used, else the primary one.
 */
// Every bean here is made before others are, so it must not depend on the application's, and has the infrastructure
// role: the
// auto-proxy creator ignores advisors that don't.
@Configuration(proxyBeanMethods = false)
@Import(FileLockedConfiguration.AutoProxyRegistrar.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public class FileLockedConfiguration {
    /** The name of the registry that annotations use. */
    public static final String REGISTRY = "fileLockRegistry";

    /**
     * The lifecycle phase in which no more locks are given out, and those still held are waited for: late, when web servers,
     * executors and message listeners have stopped.
     */
    public static final int SHUTDOWN_PHASE = Integer.MIN_VALUE + 1000;

    /** Made by Spring. */
    public FileLockedConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static LockPlans fileLockPlans(ConfigurableBeanFactory beans) {
        return new LockPlans(new LockedMethodFinder(), beans);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static MinimumHolds fileLockMinimumHolds() {
        return new MinimumHolds();
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static FileLockedAdvisor fileLockedAdvisor(
            LockPlans plans,
            MinimumHolds minimumHolds,
            ObjectProvider<FileLockedSettings> settings,
            ConfigurableBeanFactory beans) {
        FileLockedSettings used = settings.getIfAvailable(FileLockedSettings::defaults);
        FileLockedInterceptor interceptor = new FileLockedInterceptor(
                plans,
                new CallLocks(new RegistryLookup(beans), beans, used.maxWaitInTransaction()),
                beans,
                minimumHolds,
                TransactionHolds.of(beans));
        return new FileLockedAdvisor(plans.methods(), new ProxyKinds(beans), interceptor, used.order());
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static MisuseDetector fileLockMisuseDetector(
            LockPlans plans, ObjectProvider<FileLockedSettings> settings, ConfigurableListableBeanFactory beans) {
        boolean fail = settings.getIfAvailable(FileLockedSettings::defaults).failOnMisuse();
        return new MisuseDetector(plans, new RegistryLookup(beans), beans, fail);
    }

    static final class AutoProxyRegistrar implements ImportBeanDefinitionRegistrar {
        @Override
        public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
            AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
        }
    }
}
