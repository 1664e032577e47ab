/**
 * A model checker for protocols: participants that run the real code over a simulated disk, one file operation at a time in an order
 * that a seed decides, so that every interleaving, crash and lie of a file system can be brought about and brought about again.
 */
@NullMarked
package dev.filelock.testing.sim;

import org.jspecify.annotations.NullMarked;
