package dev.filelock.spring.boot;

import dev.filelock.spring.FileLockMisuseException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Lists the annotations that can't work. */
final class FileLockMisuseFailureAnalyzer extends AbstractFailureAnalyzer<FileLockMisuseException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, FileLockMisuseException cause) {
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()),
                "Change what is listed, or set filelock.misuse=warn to start all the same, without these locks.",
                cause);
    }
}
