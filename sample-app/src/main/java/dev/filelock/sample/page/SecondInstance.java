package dev.filelock.sample.page;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A {@link LedgerWorker} as a process, and what it says of itself. */
final class SecondInstance {
    private final Child child;
    private final CompletableFuture<Void> firstHold = new CompletableFuture<>();
    private volatile @Nullable Instant holdingSince;

    private SecondInstance(List<String> arguments, Duration longest, Runnable changed) throws IOException {
        this.child = Child.start(JavaCommand.of(LedgerWorker.class, arguments), longest, line -> {
            said(line);
            changed.run();
        });
    }

    static SecondInstance start(PageData data, Duration longest, Runnable changed, String... task) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of(data.directory().toString(), data.account(), data.work().toString()));
        arguments.addAll(List.of(task));
        return new SecondInstance(arguments, longest, changed);
    }

    private void said(String line) {
        if (line.startsWith(LedgerWorker.HOLDING)) {
            Instant since = Instant.parse(line.substring(LedgerWorker.HOLDING.length()));
            holdingSince = since;
            firstHold.complete(null);
        } else if (line.equals(LedgerWorker.RELEASED)) {
            holdingSince = null;
        } else if (line.equals(LedgerWorker.ARCHIVING)) {
            firstHold.complete(null);
        }
    }

    Child child() {
        return child;
    }

    /** Returns when it has its lock for the first time, or has ended. */
    void awaitFirstHold(Duration longest) throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture.anyOf(firstHold, child.over()).get(longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Since when it has the ledger's lock, null if it has not. */
    @Nullable Instant holdingSince() {
        return holdingSince;
    }

    /** The hold of the ledger's lock that its death ended, null if it lives or had none. */
    @Nullable Killed killed(Instant noticed) {
        Instant since = holdingSince;
        Instant killed = child.killed();
        return child.isAlive() || since == null
                ? null
                : new Killed(child.pid(), since, killed == null ? noticed : killed, null);
    }
}
