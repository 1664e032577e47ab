package dev.filelock.spring.boot;

import org.jspecify.annotations.Nullable;

/** A property under {@code filelock} has a value that can't be used. */
public final class InvalidFileLockPropertyException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String property;
    private final @Nullable String value;
    private final String reason;

    InvalidFileLockPropertyException(String property, @Nullable Object value, String reason) {
        super("property " + property + (value == null ? " is missing: " : " has the value '" + value + "': ") + reason);
        this.property = property;
        this.value = value == null ? null : value.toString();
        this.reason = reason;
    }

    /**
     * The property.
     *
     * @return its full name
     */
    public String property() {
        return property;
    }

    /**
     * Its value.
     *
     * @return the value as text, or null if it is missing
     */
    public @Nullable String value() {
        return value;
    }

    /**
     * Why it can't be used.
     *
     * @return the reason and what to write instead
     */
    public String reason() {
        return reason;
    }
}
