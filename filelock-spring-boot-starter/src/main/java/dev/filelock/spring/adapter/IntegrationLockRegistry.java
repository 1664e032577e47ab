package dev.filelock.spring.adapter;

import dev.filelock.FileLock;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import java.util.concurrent.locks.Lock;
import org.springframework.integration.support.locks.LockRegistry;

/**
 * File locks as Spring Integration's {@link LockRegistry}: for leader election, for aggregators and resequencers, and for whatever
 * else takes one, between the processes that share the lock directory.
 *
 * <pre>{@code
 * @Bean
 * IntegrationLockRegistry integrationLocks(dev.filelock.LockRegistry registry) {
 *     return new IntegrationLockRegistry(registry.directory("integration"));
 * }
 * }</pre>
 *
 * <p>A key's text becomes the name of one file, encoded where need be. The locks belong to threads and are reentrant, as Spring
 * Integration wants them; {@code newCondition()} is not supported. {@code lock()} waits for ever, whatever timeout the registry has. A
 * lock is held until it is unlocked or its process ends, so there is nothing to renew, and nothing expires.
 *
 * <p>Safe for use by any number of threads; keeps nothing for each key.
 */
public final class IntegrationLockRegistry implements LockRegistry<Lock> {
    private static final String LABEL = "integration";

    private final dev.filelock.LockRegistry registry;

    /**
     * Makes a registry of the locks in another's directory.
     *
     * @param registry best a named directory of its own, so that keys meet no other locks' names
     */
    public IntegrationLockRegistry(dev.filelock.LockRegistry registry) {
        this.registry = registry;
    }

    /**
     * The lock of a key.
     *
     * @param key compared by its text
     * @return a {@link FileLock}
     * @throws IllegalArgumentException if its text is blank, or holds NUL
     * @throws IllegalStateException if the registry was closed
     */
    @Override
    public FileLock obtain(Object key) {
        LockName name = LockName.builder().value(key.toString()).build();
        return registry.lock(name, LockMode.EXCLUSIVE, registry.options()).labelled(LABEL);
    }
}
