/** The actuator endpoint {@code filelocks}: which locks this application holds and waits for, and what crashes left. */
@NullMarked
package dev.filelock.spring.boot.actuate;

import org.jspecify.annotations.NullMarked;
