package dev.filelock.engine;

import dev.filelock.protocol.FileIdentity;

/**
 * One lock file however its path is spelled: the directory itself and the last component, which is not followed.
 *
 * @param directory which directory it is in
 * @param name the canonical spelling of its name there
 */
record FileKey(FileIdentity directory, String name) {}
