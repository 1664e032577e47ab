/**
 * A tool for people who doubt their file system: processes, on one host or several, contend for locks in a directory, and a
 * referee on a socket, which trusts no lock, tells whether two were ever in at once.
 *
 * <p>It uses the public API only. The idea is that of Lucene's {@code LockVerifyServer} and {@code LockStressTest}.
 */
@NullMarked
package dev.filelock.verify;

import org.jspecify.annotations.NullMarked;
