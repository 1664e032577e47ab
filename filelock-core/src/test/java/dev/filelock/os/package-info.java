@NullMarked
package dev.filelock.os;

import org.jspecify.annotations.NullMarked;
