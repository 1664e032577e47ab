package dev.filelock;

/** What a hold lets others do meanwhile. */
public enum LockMode {
    /** One holder, nobody else; for the backends that know no readers. */
    EXCLUSIVE,

    /** Any number of readers and no writer. */
    READ,

    /** One writer and no reader. */
    WRITE;

    /**
     * Tells whether holds of this mode may exist side by side.
     *
     * @return true for {@link #READ} only
     */
    public boolean isShared() {
        return this == READ;
    }
}
