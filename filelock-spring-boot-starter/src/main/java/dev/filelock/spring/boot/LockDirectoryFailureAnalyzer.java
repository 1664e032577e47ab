package dev.filelock.spring.boot;

import dev.filelock.LockDirectoryException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says of a lock directory that can't be used where it was chosen. */
final class LockDirectoryFailureAnalyzer extends AbstractFailureAnalyzer<LockDirectoryException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, LockDirectoryException cause) {
        String action = cause.chosenBy()
                .map(chosenBy -> "Let the user that runs this application use " + cause.path() + ", or correct "
                        + chosenBy + ".")
                .orElse(
                        "Set the property filelock.directory to a directory that the user that runs this application can write.");
        return new FailureAnalysis(String.valueOf(cause.getMessage()), action, cause);
    }
}
