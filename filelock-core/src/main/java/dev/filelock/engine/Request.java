package dev.filelock.engine;

import dev.filelock.LockBackend;
import dev.filelock.LockListener;
import dev.filelock.LockMode;
import dev.filelock.LockOptions;
import java.nio.file.Path;

/**
 * What a lock object asks for each time it acquires.
 *
 * @param path absolute
 * @param mode one that the backend has
 * @param options as the lock was built
 * @param scope through whom the lock was had
 */
record Request(Path path, LockMode mode, LockOptions options, Scope scope) {

    LockBackend backend() {
        return options.backendFor(mode);
    }

    Request labelled(String label) {
        return with(options.toBuilder().label(label));
    }

    Request notifying(LockListener listener) {
        return with(options.toBuilder().listener(listener));
    }

    private Request with(LockOptions.Builder changed) {
        return new Request(path, mode, changed.build(), scope);
    }
}
