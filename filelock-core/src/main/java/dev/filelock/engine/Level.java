package dev.filelock.engine;

/** How a level of a hold ends. */
enum Level {
    /** When its handle is closed, by anybody. */
    HANDLE,

    /** By {@code unlock()} of the owner. */
    LOCK
}
