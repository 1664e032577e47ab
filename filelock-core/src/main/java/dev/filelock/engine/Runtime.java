package dev.filelock.engine;

import dev.filelock.protocol.FileIdentities;

/**
 * What the entries of one engine share.
 *
 * @param table the files in use
 * @param identities finds out which file a path names
 * @param workers the engine's threads
 * @param streaks keeps other processes from starving
 */
record Runtime(LockTable table, FileIdentities identities, Workers workers, Streaks streaks) {}
