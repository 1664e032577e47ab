package dev.filelock.torture;

/** What users were promised for a fault. */
enum Outcome {
    /** Nobody but its victim notices. */
    GOES_ON,
    /** All wait until it is over, and then go on. */
    WAITS,
    /** Whoever had the lock may lose it to others while working on, and {@code ensureValid} says so. */
    MAY_BE_OVERTAKEN,
    /** All wait until an operator has removed what a dead process left. */
    WAITS_FOR_OPERATOR,
    /** Calls may fail as long as it lasts, with an exception that says why; exclusion stands. */
    MAY_FAIL,
    /** Both: calls may fail, and whoever had the lock may lose it, which {@code ensureValid} says. */
    MAY_FAIL_AND_BE_OVERTAKEN;

    boolean mayFail() {
        return this == MAY_FAIL || this == MAY_FAIL_AND_BE_OVERTAKEN;
    }

    boolean mayBeOvertaken() {
        return this == MAY_BE_OVERTAKEN || this == MAY_FAIL_AND_BE_OVERTAKEN;
    }
}
