package dev.filelock.sample;

import dev.filelock.FileLocks;
import dev.filelock.HeldLock;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Sums up all accounts, in one instance only, however many are running. */
@Service
class ReportJob {
    /**
     * A line of {@code reports.jsonl}.
     *
     * @param pid the instance that ran
     * @param start when it had the lock
     * @param total of the accounts that were free
     * @param busy the accounts that somebody was using
     */
    record Report(long pid, Instant start, Instant end, int accounts, long total, List<String> busy) {}

    private static final Logger log = LoggerFactory.getLogger(ReportJob.class);

    private final Ledger ledger;
    private final LockRegistry locks;
    private final JsonLines<Report> reports;

    ReportJob(Ledger ledger, LockRegistry locks, SampleProperties properties, JsonMapper json) {
        this.ledger = ledger;
        this.locks = locks;
        this.reports = new JsonLines<>(properties.data().resolve("reports.jsonl"), Report.class, json);
    }

    /**
     * Every instance's clock strikes at the same time. The first one runs; the others find the lock taken and skip. It stays
     * taken for {@code minimumHold}, or an instance whose clock is a little late would run the job again.
     */
    @Scheduled(cron = "${sample.report.cron}")
    @FileLocked(path = "report", onTimeout = FileLocked.OnTimeout.SKIP, minimumHold = "${sample.report.minimum-hold}")
    void run() throws IOException {
        Instant start = FileLocks.current().info().since();
        List<String> accounts = ledger.accounts();
        List<String> busy = new ArrayList<>();
        long total = 0;
        for (String account : accounts) {
            // The annotation's lock, by hand: a report does not wait for an account that is in use.
            try (HeldLock held = locks.lock("ledger/" + account).tryAcquire().orElse(null)) {
                if (held == null) {
                    busy.add(account);
                } else {
                    total += ledger.audit(account).balance(); // takes the lock we have once more, which is allowed
                }
            }
        }
        Report report = new Report(ProcessHandle.current().pid(), start, Turn.now(), accounts.size(), total, busy);
        reports.append(report);
        log.info("This instance made the report: {}", report);
    }

    /** Takes no lock, for the report's is kept much longer than the report takes. */
    List<Report> reports() throws IOException {
        return reports.read();
    }
}
