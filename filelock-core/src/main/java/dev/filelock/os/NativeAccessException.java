package dev.filelock.os;

/** Native calls can't be made in this JVM; the message says why and how to mend it. */
public final class NativeAccessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NativeAccessException(String message, Throwable cause) {
        super(message, cause);
    }
}
