package dev.filelock.engine;

import dev.filelock.HeldLockInfo;
import dev.filelock.WaitingLockInfo;
import java.nio.file.Path;
import java.util.List;

/** What the engine of this JVM keeps about the files of one directory, for tests outside this package. */
public final class Leaks {
    private Leaks() {}

    public static List<HeldLockInfo> held(Path directory) {
        return Engine.instance().held(request -> request.path().startsWith(directory));
    }

    public static List<WaitingLockInfo> waiting(Path directory) {
        return Engine.instance().waiting(request -> request.path().startsWith(directory));
    }

    public static int filesInUse(Path directory) {
        return Engine.instance().inUse(directory);
    }
}
