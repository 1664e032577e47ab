package dev.filelock.spring;

/** When the work of a locked method is done, by what it returns. */
enum Work {
    /** When the method returns. */
    ON_RETURN,

    /** When the {@link java.util.concurrent.CompletionStage} that it returned completes. */
    WITH_STAGE,

    /** When the publisher that it returned has ended or is cancelled, for each subscription anew; so also if it is suspending. */
    PER_SUBSCRIPTION
}
