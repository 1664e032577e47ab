package dev.filelock.engine;

import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.Watcher;

/**
 * What the entries of one engine share.
 *
 * @param table the files in use
 * @param identities finds out which file a path names
 * @param workers the engine's threads
 * @param streaks keeps other processes from starving
 * @param waits who waits for whom
 * @param watcher tells of changes to files that are waited for
 */
record Runtime(
        LockTable table,
        FileIdentities identities,
        Workers workers,
        Streaks streaks,
        WaitGraph waits,
        Watcher watcher) {}
