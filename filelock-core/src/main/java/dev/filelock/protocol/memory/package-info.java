/** Locks that exist in memory only, for tests: the same engine and the same semantics without a disk and without other processes. */
@NullMarked
package dev.filelock.protocol.memory;

import org.jspecify.annotations.NullMarked;
