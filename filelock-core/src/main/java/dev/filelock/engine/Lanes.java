package dev.filelock.engine;

import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One lane per directory with work to do, so that a file system that hangs ties up only as many threads as a lane is wide. */
final class Lanes {
    private final int width;
    private final Executor executor;
    private final ConcurrentHashMap<Path, Used> lanes = new ConcurrentHashMap<>();

    /** A lane and how many tasks it has, the running ones included. Changed only while its key is computed. */
    private static final class Used {
        final Lane lane;
        int tasks;

        Used(Lane lane) {
            this.lane = lane;
        }
    }

    Lanes(int width, Executor executor) {
        this.width = width;
        this.executor = executor;
    }

    void execute(Path directory, Runnable task) {
        lanes.compute(directory, (path, present) -> {
            Used used = present == null ? new Used(new Lane(width, executor)) : present;
            used.lane.execute(() -> {
                try {
                    task.run();
                } finally {
                    lanes.computeIfPresent(path, (key, mine) -> afterOneTask(mine));
                }
            });
            used.tasks++;
            return used;
        });
    }

    private static @Nullable Used afterOneTask(Used used) {
        used.tasks--;
        return used.tasks == 0 ? null : used;
    }
}
