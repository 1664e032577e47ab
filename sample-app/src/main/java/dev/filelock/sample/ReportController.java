package dev.filelock.sample;

import dev.filelock.sample.ReportJob.Report;
import java.io.IOException;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ReportController {
    static final int SHOWN = 20;

    private final ReportJob job;

    ReportController(ReportJob job) {
        this.job = job;
    }

    /** The last reports, whichever instance made them. */
    @GetMapping("/report")
    List<Report> reports() throws IOException {
        List<Report> all = job.reports();
        return all.subList(Math.max(0, all.size() - SHOWN), all.size());
    }
}
