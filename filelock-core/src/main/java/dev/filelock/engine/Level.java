package dev.filelock.engine;

/** How a level of a hold ends. */
enum Level {
    /** When its handle is closed, by anybody. */
    HANDLE,

    /** As HANDLE, but the owner does not re-enter by it. */
    DETACHED,

    /** By {@code unlock()} of the owner. */
    LOCK
}
