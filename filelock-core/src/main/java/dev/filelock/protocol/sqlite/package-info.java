/**
 * {@code SQLITE}: a read-write lock made of SQLite's own file locks, as Python's {@code filelock.ReadWriteLock} makes it.
 *
 * <p>A reader is a transaction that has read, a writer an exclusive transaction, on a database that stays empty. The kernel keeps
 * these as {@code fcntl} locks, which all vanish as soon as the process closes <em>any</em> descriptor of the file. So nothing
 * here, nor anywhere else in this library, opens a lock file except through SQLite; everything else is learnt by {@code stat}.
 */
@NullMarked
package dev.filelock.protocol.sqlite;

import org.jspecify.annotations.NullMarked;
