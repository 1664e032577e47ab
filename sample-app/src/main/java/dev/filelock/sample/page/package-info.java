/**
 * The page at {@code /} that shows the ledger's lock being taken and passed on.
 *
 * <p>What it shows comes from three places: the actuator endpoint (what this JVM holds and waits for), the ledger itself (every
 * finished turn, whoever took it), and what the processes that it started say of themselves. Nothing here is needed to use
 * the locks: for that read the package above.
 */
@NullMarked
package dev.filelock.sample.page;

import org.jspecify.annotations.NullMarked;
