/**
 * What the protocols need of the operating system. The only package that names JNA or an operating system; everything here is
 * called by the protocols and wired by the engine's composition root.
 */
@NullMarked
package dev.filelock.os;

import org.jspecify.annotations.NullMarked;
