package dev.filelock.protocol;

/** How a protocol that waits inside {@link Attempt#poll} asks whether to go on. */
@FunctionalInterface
public interface Patience {
    /** No patience at all: the poll is one try. */
    Patience NONE = () -> false;

    /**
     * Parks until a signal, the poll interval, the deadline or the end of the wait, whichever is first. Never throws.
     *
     * @return whether to try again; false means that the poll must return null at once
     */
    boolean again();
}
