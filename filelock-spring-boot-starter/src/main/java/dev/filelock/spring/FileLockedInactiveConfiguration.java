package dev.filelock.spring;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.util.ClassUtils;

/** For an application in which {@link FileLocked} is switched off: says so, once, if it is used. */
@Configuration(proxyBeanMethods = false)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public class FileLockedInactiveConfiguration {
    private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

    /** For Spring. */
    public FileLockedInactiveConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SmartInitializingSingleton fileLockedInactiveNotice(ConfigurableListableBeanFactory beans) {
        return () -> {
            List<LockedMethod> unlocked = unlockedMethods(beans);
            if (!unlocked.isEmpty()) {
                log.warn(
                        "@FileLocked is switched off: {} and {} more run without their locks",
                        unlocked.get(0),
                        unlocked.size() - 1);
            }
        };
    }

    private static List<LockedMethod> unlockedMethods(ConfigurableListableBeanFactory beans) {
        LockedMethodFinder methods = new LockedMethodFinder();
        List<LockedMethod> unlocked = new ArrayList<>();
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> type = beans.getType(name, false);
            if (type != null && methods.isCandidate(type)) {
                unlocked.addAll(methods.findAll(ClassUtils.getUserClass(type)));
            }
        }
        return unlocked;
    }
}
