package dev.filelock.spring;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import dev.filelock.LockName;
import dev.filelock.LockRegistry;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The names that are known at startup, and how they are used: each by one family of modes and one backend. */
final class ConstantNames {
    private final Map<Path, Use> uses = new ConcurrentHashMap<>();

    private record Use(LockedMethod method, LockMode mode, LockBackend backend) {
        boolean exclusive() {
            return mode == LockMode.EXCLUSIVE;
        }
    }

    /** Says how a plan conflicts with one seen before, or null if it does not. */
    @Nullable String add(LockedMethod locked, LockPlan plan, LockRegistry registry, LockBackend backend) {
        LockName name = plan.path().constant();
        if (name == null) {
            return null;
        }
        Use use = new Use(locked, plan.mode(), backend);
        Use known = uses.putIfAbsent(registry.directory().resolve(name.family()), use);
        if (known == null || (known.exclusive() == use.exclusive() && known.backend() == backend)) {
            return null;
        }
        String uses = "it locks '" + plan.path() + "' with mode " + use.mode() + " on " + backend + ", but "
                + known.method() + " with mode " + known.mode() + " on " + known.backend();
        return known.exclusive() == use.exclusive()
                ? uses + ": these don't exclude each other; use one backend, or another name"
                : uses
                        + ": these use different files and would not exclude each other; use mode WRITE instead of EXCLUSIVE, or "
                        + "another name";
    }
}
