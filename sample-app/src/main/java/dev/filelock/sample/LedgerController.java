package dev.filelock.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/ledger/{account}")
class LedgerController {
    private static final int LONGEST_HOLD = 120;

    private final Ledger ledger;

    LedgerController(Ledger ledger) {
        this.ledger = ledger;
    }

    @GetMapping
    List<Turn> turns(@PathVariable String account) throws IOException {
        return ledger.turns(account);
    }

    @GetMapping("/audit")
    Audit audit(@PathVariable String account) throws IOException {
        return ledger.audit(account);
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Turn append(@PathVariable String account, @RequestParam int amount) throws IOException, InterruptedException {
        return ledger.append(account, amount, Turn.now());
    }

    /** Answers when the hold is over. */
    @PostMapping("/hold")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void hold(@PathVariable String account, @RequestParam int seconds) throws InterruptedException {
        if (seconds < 0 || seconds > LONGEST_HOLD) {
            throw new IllegalArgumentException("seconds=" + seconds + " is not between 0 and " + LONGEST_HOLD);
        }
        ledger.hold(account, Duration.ofSeconds(seconds));
    }
}
