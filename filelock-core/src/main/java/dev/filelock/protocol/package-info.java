/**
 * The seam between the engine and the on-disk protocols: what a protocol must do, and what it may ask of the engine and of the
 * system.
 *
 * <p>A protocol knows one on-disk way of excluding other processes and nothing else. Threads of this JVM, reentrancy, queues,
 * deadlines, events and diagnostics are the engine's. {@link dev.filelock.protocol.Detached} is here because both sides start threads.
 */
@NullMarked
package dev.filelock.protocol;

import org.jspecify.annotations.NullMarked;
