/** The actuator endpoint {@code filelocks}: which locks this application holds and waits for. */
@NullMarked
package dev.filelock.spring.boot.actuate;

import org.jspecify.annotations.NullMarked;
