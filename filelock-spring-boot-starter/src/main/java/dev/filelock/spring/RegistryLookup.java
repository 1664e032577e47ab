package dev.filelock.spring;

import dev.filelock.LockRegistry;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;

/**
 * The registry that annotations use: the bean {@value FileLockedConfiguration#REGISTRY}, else the only or primary one. Found at first use, so that no
 * bean is created early for the sake of the advice.
 */
final class RegistryLookup {
    private final BeanFactory beans;
    private volatile @Nullable LockRegistry found;

    RegistryLookup(BeanFactory beans) {
        this.beans = beans;
    }

    LockRegistry get() {
        LockRegistry known = found;
        if (known == null) {
            known = find();
            found = known;
        }
        return known;
    }

    private LockRegistry find() {
        if (beans.containsBean(FileLockedConfiguration.REGISTRY)
                && beans.isTypeMatch(FileLockedConfiguration.REGISTRY, LockRegistry.class)) {
            return beans.getBean(FileLockedConfiguration.REGISTRY, LockRegistry.class);
        }
        try {
            return beans.getBean(LockRegistry.class);
        } catch (NoUniqueBeanDefinitionException e) {
            throw new IllegalStateException(
                    "@FileLocked has several beans of type LockRegistry to choose from (" + e.getBeanNamesFound()
                            + "); mark one as " + "@Primary, or call it " + FileLockedConfiguration.REGISTRY,
                    e);
        } catch (NoSuchBeanDefinitionException e) {
            throw new IllegalStateException(
                    "@FileLocked needs a bean of type LockRegistry; declare one, such as LockRegistry.builder().build()",
                    e);
        }
    }
}
