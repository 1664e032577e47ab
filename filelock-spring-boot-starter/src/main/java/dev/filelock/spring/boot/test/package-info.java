/** For tests of applications that use the starter. */
@NullMarked
package dev.filelock.spring.boot.test;

import org.jspecify.annotations.NullMarked;
