/** Metrics of file locks, through Micrometer. */
@NullMarked
package dev.filelock.spring.boot.metrics;

import org.jspecify.annotations.NullMarked;
