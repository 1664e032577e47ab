package dev.filelock.spring.boot.actuate;

import dev.filelock.LockBackend;
import dev.filelock.LockRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * The health of one lock directory: down only if it is missing, though locks were taken there, or can't be written. Contention,
 * lost locks and unsuitable file systems are details, since a restart mends none of them.
 */
final class LockDirectoryHealth extends AbstractHealthIndicator {
    private static final Set<String> NETWORK_FILE_SYSTEMS = Set.of(
            "nfs",
            "nfs3",
            "nfs4",
            "cifs",
            "smb2",
            "smb3",
            "smbfs",
            "afs",
            "ceph",
            "9p",
            "glusterfs",
            "fuse.glusterfs",
            "fuse.sshfs",
            "lustre",
            "gpfs",
            "beegfs",
            "virtiofs");

    private final LockRegistry registry;
    private final DirectoryEvents.Of events;
    private final Look look;

    /** Looks at the directory. */
    interface Look {
        DirectoryProbe.Findings now() throws TimeoutException, ExecutionException, InterruptedException;
    }

    LockDirectoryHealth(LockRegistry registry, DirectoryEvents.Of events, Look look) {
        super("the lock directory " + registry.directory() + " could not be examined");
        this.registry = registry;
        this.events = events;
        this.look = look;
    }

    /** A component for each directory: {@code default}, and by their names; of several registries after their bean's name. */
    static CompositeHealthContributor of(Map<String, LockRegistry> registries, DirectoryEvents events) {
        Map<String, HealthIndicator> components = new LinkedHashMap<>();
        registries.forEach((bean, registry) -> {
            String prefix = registries.size() == 1 ? "" : bean + ".";
            components.put(prefix + "default", of(registry, events));
            registry.directories()
                    .keySet()
                    .forEach(name -> components.put(component(prefix + name), of(registry.directory(name), events)));
        });
        return CompositeHealthContributor.fromMap(components);
    }

    /** Spring Boot separates components by slashes, and refuses them in names. */
    private static String component(String name) {
        return name.replace("/", "%2F");
    }

    private static LockDirectoryHealth of(LockRegistry registry, DirectoryEvents events) {
        return new LockDirectoryHealth(
                registry, events.of(registry.directoryName()), new DirectoryProbe(registry)::look);
    }

    @Override
    protected void doHealthCheck(Health.Builder health) throws ExecutionException {
        health.up().withDetail("path", registry.directory().toString());
        try {
            describe(health, look.now());
        } catch (TimeoutException e) {
            health.status(Status.UNKNOWN)
                    .withDetail(
                            "problem",
                            "its file system has not answered for " + DirectoryProbe.LIMIT.toSeconds() + " s");
        } catch (InterruptedException e) { // says nothing of the directory, and something to the caller
            Thread.currentThread().interrupt();
            health.status(Status.UNKNOWN)
                    .withDetail("problem", "who asked was interrupted before its file system answered");
        }
        health.withDetail("held", registry.heldLocks().size())
                .withDetail("waiting", events.waiting.get())
                .withDetail("lost", events.lost.get())
                .withDetail("fellBack", events.fellBack);
    }

    private void describe(Health.Builder health, DirectoryProbe.Findings found) {
        if (!found.exists()) {
            if (events.used) {
                health.down().withDetail("problem", "it is missing; locks taken there exclude nobody any more");
            } else {
                health.withDetail("remark", "not used yet; it is made with the first lock");
            }
            return;
        }
        if (!found.writable()) {
            health.down().withDetail("problem", "this process can't write it, so nothing can be locked there");
        }
        if (found.fileSystem() != null) {
            health.withDetail("fileSystem", found.fileSystem());
        }
        if (found.kernelLocks() != null) {
            health.withDetail("kernelLocks", found.kernelLocks());
        }
        String advice = advice(found.fileSystem());
        if (advice != null) {
            health.withDetail("advice", advice);
        }
    }

    private @Nullable String advice(@Nullable String fileSystem) {
        if (fileSystem == null || !NETWORK_FILE_SYSTEMS.contains(fileSystem)) {
            return null;
        }
        return registry.options().backend() == LockBackend.NATIVE
                ? "a network file system: kernel locks reach other hosts only if its server and every mount support them; prove it, or "
                        + "choose a backend made for shared file systems"
                : null;
    }
}
