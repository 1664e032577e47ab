/**
 * Torture: crowds of JVMs and Python processes contend for locks of every backend while faults are injected, and an oracle that
 * uses no lock judges by what all of them wrote down. {@code mvn -Ptorture verify} runs {@link dev.filelock.torture.Torture}.
 */
@NullMarked
package dev.filelock.torture;

import org.jspecify.annotations.NullMarked;
