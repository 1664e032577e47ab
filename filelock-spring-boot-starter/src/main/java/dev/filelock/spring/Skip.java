package dev.filelock.spring;

import dev.filelock.FileLockTimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers with what says "not done" in the method's result, see {@link FileLocked.OnTimeout#SKIP}.
 *
 * @param locked the method that runs, whose result is more specific than that of an interface through which it is called
 */
record Skip(LockedMethod locked) implements Otherwise {
    private static final Logger log = LoggerFactory.getLogger(FileLocked.class);

    @Override
    public @Nullable Object answer(Call call, FileLockTimeoutException reason) {
        log.debug("{} is skipped: {} is held by somebody else", locked, reason.path());
        return ReturnTypes.notDone(locked.method());
    }

    @Override
    public boolean tellsReason() {
        return false;
    }
}
