package dev.filelock;

import java.util.List;
import java.util.Objects;

/**
 * A lock with records on disk whose owners are not known to live, as {@link LockRegistry#leftovers} found it. Immutable.
 *
 * <pre>{@code
 * try (Stream<LeftoverLock> leftovers = registry.leftovers(path -> true)) {
 *     leftovers.forEach(each -> System.out.println(each.lock().path() + ": " + each.claims()));
 * }
 * }</pre>
 *
 * @param lock the lock, whose {@link FileLock#forceBreak} removes a record
 * @param claims its records, at least one, each {@linkplain LockClaim.Liveness#DEAD dead} or of a process of which nothing can be
 *     known from here
 */
public record LeftoverLock(FileLock lock, List<LockClaim> claims) {

    /** Copies the list. */
    public LeftoverLock {
        Objects.requireNonNull(lock, "lock");
        claims = List.copyOf(claims);
    }
}
