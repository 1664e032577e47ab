package dev.filelock.engine;

/** What no logger can say, as where that is of an application which a container has dropped. */
final class Unspeakable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
        throw new IllegalStateException("expected by the test");
    }
}
