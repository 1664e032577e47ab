package dev.filelock.testing.sim;

/** What ends a simulated process in the middle of its work; an error, so that no code takes it for a failure of the disk. */
final class Crashed extends Error {
    private static final long serialVersionUID = 1L;

    Crashed(String why) {
        super(why, null, false, false);
    }
}
