package dev.filelock;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The directory of a registry can't be used. The message says why, where it was chosen, and what to do. */
public final class LockDirectoryException extends FileLockException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String chosenBy;

    /**
     * Makes an exception.
     *
     * @param directory the directory
     * @param chosenBy where it was chosen, or null if nobody chose it
     * @param message what the caller should know and can do
     * @param cause what prevents its use, or null
     */
    public LockDirectoryException(
            Path directory, @Nullable String chosenBy, String message, @Nullable Throwable cause) {
        super(directory, message, cause);
        this.chosenBy = chosenBy;
    }

    /**
     * Where the directory was chosen.
     *
     * @return as {@link LockRegistry.Builder#directory(Path, String)} was told; empty for the default directory
     */
    public Optional<String> chosenBy() {
        return Optional.ofNullable(chosenBy);
    }
}
