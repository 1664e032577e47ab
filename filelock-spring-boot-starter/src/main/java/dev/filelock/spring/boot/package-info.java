/** Spring Boot auto-configuration of the lock registry and of {@link dev.filelock.spring.FileLocked}. */
@NullMarked
package dev.filelock.spring.boot;

import org.jspecify.annotations.NullMarked;
