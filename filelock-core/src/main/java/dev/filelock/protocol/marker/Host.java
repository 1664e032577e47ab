package dev.filelock.protocol.marker;

import dev.filelock.os.OsFiles;
import dev.filelock.os.Time;
import java.util.function.Supplier;

/**
 * The system that a lock runs on.
 *
 * @param files asked at the first use of a lock, because native calls may be impossible
 * @param owners of markers, as they are seen from here
 */
record Host(Supplier<OsFiles> files, Owners owners, Time time) {}
