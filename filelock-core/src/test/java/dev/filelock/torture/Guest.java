package dev.filelock.torture;

import dev.filelock.FileLockException;
import dev.filelock.HeldLock;
import dev.filelock.LockBackend;
import dev.filelock.LockLostException;
import dev.filelock.LockMode;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Who contends by a copy of the library that only he has. Told by words: "take BACKEND MODE", "ask", "release". He answers {@link #WELL},
 * what he was told when the hold was {@link #LOST}, or what else went wrong.
 */
public final class Guest implements UnaryOperator<String> {
    static final String WELL = "well";
    static final String LOST = "lost: ";

    private final Path directory;
    private @Nullable HeldLock held;

    public Guest(String directory) {
        this.directory = Path.of(directory);
    }

    @Override
    public String apply(String words) {
        try {
            obey(words);
            return WELL;
        } catch (LockLostException e) {
            return LOST + e.getMessage();
        } catch (FileLockException | CompletionException | LinkageError e) {
            return e.toString();
        }
    }

    private void obey(String words) {
        HeldLock mine = held;
        if (mine == null) {
            String[] each = words.split(" ");
            Arena arena = new Arena(LockBackend.valueOf(each[1]), directory);
            held = arena.lock(LockMode.valueOf(each[2]))
                    .acquireAsync()
                    .join(); // of no thread, so that it can be left to the collector
        } else if (words.equals("ask")) {
            mine.ensureValid();
        } else {
            held = null;
            mine.close();
        }
    }
}
