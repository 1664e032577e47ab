package dev.filelock.sample.page;

import dev.filelock.sample.Ledger;
import dev.filelock.sample.SampleProperties;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** The ledger that the page is about. */
@Component
class PageData {
    private final SampleProperties sample;
    private final String account;
    private final Path ledger;

    PageData(SampleProperties sample, PageProperties page, Ledger ledger) {
        this.sample = sample;
        this.account = page.account();
        this.ledger = ledger.path(account);
    }

    Path directory() {
        return sample.data();
    }

    /** How long a turn takes. */
    Duration work() {
        return sample.work();
    }

    String account() {
        return account;
    }

    Path ledger() {
        return ledger;
    }

    /** What a registry calls the lock of {@code @FileLocked(path = "ledger/#{#account}")}. */
    String lockName() {
        return "ledger/" + account;
    }

    Path lock() {
        return sample.data().resolve(lockName() + ".lock");
    }
}
