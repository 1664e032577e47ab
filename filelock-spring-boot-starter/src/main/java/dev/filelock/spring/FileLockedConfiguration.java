package dev.filelock.spring;

import dev.filelock.LockRegistry;
import java.util.Objects;
import org.springframework.aop.Advisor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Makes {@link FileLocked} work: the advisor, the proxies and the checks.
 *
 * <p>Locks come from the bean {@value #REGISTRY}, or, where there is none of that name, from the one {@link LockRegistry} bean (of
 * several, the primary). A bean of type {@link FileLockedSettings} changes the settings.
 */
@Configuration(proxyBeanMethods = false)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
@Import(FileLockedConfiguration.AutoProxying.class)
public class FileLockedConfiguration {
    /** The name of the registry that the advice uses. */
    public static final String REGISTRY = "fileLockRegistry";

    /** For Spring. */
    public FileLockedConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static LockPlans fileLockPlans(ConfigurableListableBeanFactory beans) {
        return new LockPlans(new LockedMethodFinder(), beans::resolveEmbeddedValue);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static MinimumHolds fileLockMinimumHolds() {
        return new MinimumHolds();
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static Advisor fileLockedAdvisor(
            ConfigurableListableBeanFactory beans,
            LockPlans fileLockPlans,
            MinimumHolds fileLockMinimumHolds,
            ObjectProvider<FileLockedSettings> settings) {
        FileLockedSettings chosen = settings.getIfAvailable(FileLockedSettings::defaults);
        TransactionHolds transactions = TransactionHolds.in(beans, chosen.maxWaitInTransaction());
        FileLockedInterceptor interceptor = new FileLockedInterceptor(
                fileLockPlans, () -> registry(beans), beans, transactions, fileLockMinimumHolds);
        return new FileLockedAdvisor(fileLockPlans.methods(), interceptor, chosen.order());
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static MisuseDetector fileLockMisuseDetector(
            ConfigurableListableBeanFactory beans,
            LockPlans fileLockPlans,
            ObjectProvider<FileLockedSettings> settings) {
        FileLockedSettings chosen = settings.getIfAvailable(FileLockedSettings::defaults);
        return new MisuseDetector(beans, fileLockPlans, () -> registry(beans), chosen.failOnMisuse());
    }

    private static LockRegistry registry(ConfigurableListableBeanFactory beans) {
        return beans.containsBean(REGISTRY)
                ? Objects.requireNonNull(beans.getBean(REGISTRY, LockRegistry.class))
                : beans.getBean(LockRegistry.class);
    }

    /** Proxies may be switched off for everybody else ({@code spring.aop.auto=false}); a lock must not be lost by that. */
    static final class AutoProxying implements ImportBeanDefinitionRegistrar {
        @Override
        public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
            AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
        }
    }
}
