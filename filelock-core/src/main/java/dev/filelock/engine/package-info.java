/**
 * Ownership, queueing, waiting: everything that is the same for all protocols, written once. Knows no disk format; {@code Backends}
 * is the composition root that brings the protocols and the system in.
 */
@NullMarked
package dev.filelock.engine;

import org.jspecify.annotations.NullMarked;
