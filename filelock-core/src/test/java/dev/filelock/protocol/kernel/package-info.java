@NullMarked
package dev.filelock.protocol.kernel;

import org.jspecify.annotations.NullMarked;
