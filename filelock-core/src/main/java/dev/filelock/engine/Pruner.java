package dev.filelock.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Deletes lock files nobody uses. */
@FunctionalInterface
interface Pruner {
    List<Path> prune(Path directory, Duration age) throws IOException;
}
