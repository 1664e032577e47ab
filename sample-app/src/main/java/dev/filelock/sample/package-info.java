/** A small service whose files are guarded by file locks: a ledger, a price catalog and a report. */
@NullMarked
package dev.filelock.sample;

import org.jspecify.annotations.NullMarked;
