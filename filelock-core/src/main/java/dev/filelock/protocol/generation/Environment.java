package dev.filelock.protocol.generation;

import dev.filelock.os.OsFiles;
import dev.filelock.os.Processes;
import dev.filelock.os.Time;
import dev.filelock.protocol.Heartbeats;
import java.util.function.Supplier;

/** All that this protocol needs of the system it runs on. */
record Environment(Supplier<OsFiles> files, Processes processes, Heartbeats heartbeats, Time time, Tokens tokens) {}
