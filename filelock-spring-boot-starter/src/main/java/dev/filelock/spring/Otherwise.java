package dev.filelock.spring;

import dev.filelock.FileLockTimeoutException;
import org.jspecify.annotations.Nullable;

/** What a call does that did not get its locks in time. */
interface Otherwise {

    /**
     * Answers in place of the method.
     *
     * @param reason why the method is not run; without holders unless {@link #tellsReason()}
     */
    @Nullable Object answer(Call call, FileLockTimeoutException reason) throws Throwable;

    /** Whether the reason is passed on, so that it is worth finding out who has the lock. */
    boolean tellsReason();

    /** Says why this can't work for a bean of the given class, or null if it can. */
    default @Nullable String problemFor(Class<?> targetClass) {
        return null;
    }

    /** See {@link FileLocked.OnTimeout#THROW}. */
    Otherwise THROW = new Otherwise() {
        @Override
        public Object answer(Call call, FileLockTimeoutException reason) {
            throw reason;
        }

        @Override
        public boolean tellsReason() {
            return true;
        }
    };
}
