/** Real processes for tests to talk to: other JVMs, Python, any command. */
@NullMarked
package dev.filelock.testing;

import org.jspecify.annotations.NullMarked;
