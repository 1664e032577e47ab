package dev.filelock.spring;

import dev.filelock.LockMode;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Runs a method of a Spring bean under a file lock: no other thread and no other process that locks the same path is inside
 * meanwhile.
 *
 * <pre>{@code
 * @FileLocked(path = "ledger/#{#account}", timeout = "10s")
 * public void append(String account, String line) { ... }
 * }</pre>
 *
 * <p>Several annotations on one method, or a path whose expression yields a collection, mean several locks: all are held or none. They
 * are taken within one timeout, in an order that is the same in all processes, so two calls don't wait for each other. Then
 * {@link #timeout()}, {@link #onTimeout()}, {@link #fallback()}, {@link #minimumHold()} and {@link #release()} are those of the call:
 * one annotation says them for all.
 *
 * <p>On a type it covers the public methods that the type and its subclasses declare, but not those of {@link Object}, nor
 * callbacks by which Spring sets the bean up and takes it down. Annotations on a method replace those of its type. It may
 * stand on classes, on interfaces, and on annotations that a project makes of it.
 *
 * <p><b>Where it works.</b> The lock is taken by Spring's proxy: a call from within the same object ({@code this.append(...)})
 * does not pass it. What can be seen to have no effect, such as a private or final method, ends the start of the application
 * with an error ({@code filelock.misuse}). The lock is taken outside a transaction that the method begins, and inside
 * {@code @Async}, {@code @Retryable} and method security.
 *
 * <p><b>Work that goes on.</b> The lock of a method that returns a {@link java.util.concurrent.CompletionStage} or a
 * {@link java.util.concurrent.CompletableFuture} is acquired on the caller's thread and held until that stage completes, also if the
 * caller cancels what it got. What prevents the lock then arrives in the stage.
 *
 * <p><b>Work that begins later.</b> The lock of a method that returns a reactive type, such as Reactor's {@code Mono} and {@code Flux},
 * is that of each subscription: this evaluates the path, acquires the lock without a thread that waits, runs the method, and holds the lock
 * until the publisher has ended or is cancelled. All failures arrive as its error. A suspending function of Kotlin is locked likewise,
 * until its coroutine is done.
 *
 * <p><b>Texts.</b> Every text may hold {@code ${...}}, replaced by properties at startup. {@link #path()} may also hold
 * {@code #{...}}: a SpEL expression over the arguments ({@code #account}; by position {@code #p0} or {@code #a0}),
 * {@code #root.method}, {@code #root.target} and beans ({@code @name}), evaluated for each call. Durations are written
 * {@code 10s}, {@code 1m30s}, {@code PT10S}, {@code 0} or {@code -1}.
 *
 * <p><b>Failures.</b> The caller gets {@link dev.filelock.FileLockTimeoutException} if the lock was not had in time,
 * {@link dev.filelock.LockInterruptedException} (with the interrupt flag set) if the wait was interrupted,
 * {@link IllegalArgumentException} if a part of the path is null or blank or no text can be made of it, and another
 * {@link dev.filelock.FileLockException} for whatever else prevents the lock. What the method throws always reaches the caller
 * as it is; a failure to release is added to it as suppressed.
 *
 * <p>Inside the method {@link dev.filelock.FileLocks#current()} is the hold, of several locks that of the first annotation. The method may call others with the same path and
 * mode: the thread re-enters.
 *
 * @see FileLockedConfiguration
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(FileLocked.Several.class)
@Reflective(FileLockedReflection.class)
public @interface FileLocked {

    /**
     * Alias of {@link #path()}.
     *
     * @return the lock's path
     */
    @AliasFor("path")
    String value() default "";

    /**
     * The lock's path under its directory, such as <code>ledger/#{#account}</code>; required. The suffix, {@code .lock} or
     * {@code .db} by the backend, is appended where it is missing.
     *
     * <p>Text outside <code>#{...}</code> is taken as it is: {@code /} makes subdirectories, and where no {@link #directory()} is
     * named it may be an absolute path; a segment {@code ..} is refused at startup. The value of <code>#{...}</code> is text, an
     * integer, a boolean, an enum, a UUID or a {@code java.time} value and becomes one name segment or a part of one: whatever
     * could leave it, {@code /} among them, is encoded as {@link dev.filelock.LockName} says, so arguments can't choose
     * another directory.
     *
     * <p>One of the expressions may yield a collection or an array of such values: then there is a lock for each element, however often
     * it occurs. An empty one is an error, since nothing would be locked.
     *
     * <p>In one directory a name is used either with {@link LockMode#EXCLUSIVE} or with READ and WRITE, never with both.
     *
     * @return the lock's path
     */
    @AliasFor("value")
    String path() default "";

    /**
     * How long to wait: {@code 10s} waits at most ten seconds, {@code 0} tries once, {@code -1} waits for ever. Empty, the
     * default: what is configured for the directory (of several, the shortest), but {@code 0} with {@link OnTimeout#SKIP} or a
     * {@link #fallback()}.
     *
     * @return a duration
     */
    String timeout() default "";

    /**
     * {@link LockMode#EXCLUSIVE EXCLUSIVE} by default; {@link LockMode#READ READ} and {@link LockMode#WRITE WRITE} for many
     * readers or one writer.
     *
     * @return the mode
     */
    LockMode mode() default LockMode.EXCLUSIVE;

    /**
     * The name of a configured directory ({@code filelock.directories.<name>}). Empty, the default: the default directory.
     *
     * @return a name
     */
    String directory() default "";

    /**
     * The {@link dev.filelock.LockBackend}, such as {@code soft}, in any case. Empty, the default: what is configured for the
     * directory.
     *
     * @return the backend's name
     */
    String backend() default "";

    /**
     * What happens if the lock is not had in time; {@link OnTimeout#THROW} by default.
     *
     * @return throw or skip
     */
    OnTimeout onTimeout() default OnTimeout.THROW;

    /**
     * The method that answers if the lock is not had in time; setting it replaces {@link #onTimeout()}. Either the name of a method of
     * the same bean, which is called on the object itself as {@code this.method()} would be, without what its own annotations ask of a
     * proxy; or {@code bean::method}, which is called through that bean's proxy.
     *
     * <p>It takes the same arguments, and may take the {@link dev.filelock.FileLockTimeoutException} as a last one more; what it
     * returns has to fit the result of the method. It answers for nothing but the lock: no exception of the method calls it. On a type,
     * the methods it names are not covered by the annotation. Empty, the default: none.
     *
     * @return the name of a method, or {@code bean::method}
     */
    String fallback() default "";

    /**
     * Keeps the lock at least this long, also after the method has returned, so that a job that ends quickly is not run again by
     * another instance whose clock is behind. A timer of the process gives the lock back, or the application's shutdown. Needs
     * a timeout of {@code 0} and mode EXCLUSIVE. Empty, the default: no longer than the method runs.
     *
     * @return a duration
     */
    String minimumHold() default "";

    /**
     * Until when the lock is kept if a transaction is under way when the method is called; {@link Release#TRANSACTION} by
     * default.
     *
     * @return transaction or method
     */
    Release release() default Release.TRANSACTION;

    /**
     * What the lock is called in logs, listeners and the {@code filelocks} endpoint. Empty, the default: {@code Class.method}.
     *
     * @return a name of low cardinality
     */
    String name() default "";

    /** What a method does that did not get its lock in time. */
    enum OnTimeout {
        /** Throw {@link dev.filelock.FileLockTimeoutException}, which names the holder. */
        THROW,

        /**
         * Don't run: return nothing, {@link java.util.Optional#empty()}, a stage that is complete, an empty publisher, or null. For
         * methods that return {@code void}, a stage, an {@code Optional}, a reactive type that can be empty, or something annotated with a {@code Nullable}. The timeout is {@code 0} unless the annotation says
         * otherwise, since an instance that waited would do the work a second time.
         */
        SKIP
    }

    /** Several annotations on one method or type; the compiler makes it of them. */
    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @Reflective
    @interface Several {
        /**
         * The annotations.
         *
         * @return at least two
         */
        FileLocked[] value();
    }

    /** When a lock is released. */
    enum Release {
        /**
         * When the method ends, unless a transaction is active already and the method takes part in it: then when that
         * transaction has completed, so that others see what was done under the lock. Methods with the propagation
         * REQUIRES_NEW, NOT_SUPPORTED or NEVER take no part.
         */
        TRANSACTION,

        /** When the method ends, whatever the transaction. */
        METHOD
    }
}
