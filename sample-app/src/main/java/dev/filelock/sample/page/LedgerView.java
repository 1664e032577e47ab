package dev.filelock.sample.page;

import dev.filelock.sample.Auditor;
import dev.filelock.sample.Turn;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** A ledger as the page shows it: the turns of the last minutes, and what all its lines add up to. For one thread. */
final class LedgerView {
    static final Duration SHOWN = Duration.ofMinutes(5);
    static final int MOST_TURNS = 2000;
    static final int MOST_FAULTS = 5;

    private final LedgerTail tail;
    private final JsonMapper json;
    private final Deque<Turn> recent = new ArrayDeque<>();
    private Auditor auditor;

    LedgerView(Path file, JsonMapper json) {
        this.tail = new LedgerTail(file);
        this.json = json;
        this.auditor = new Auditor(json);
    }

    /**
     * What came since the last call.
     *
     * @param fresh whether it replaces everything from before
     */
    record Change(boolean fresh, List<Turn> turns) {
        boolean isEmpty() {
            return !fresh && turns.isEmpty();
        }
    }

    Change follow(Instant now) throws IOException {
        LedgerTail.News news = tail.read();
        if (news.fromStart()) {
            auditor = new Auditor(json);
            recent.clear();
        }
        List<Turn> turns = new ArrayList<>();
        news.lines().forEach(line -> auditor.read(line).ifPresent(turns::add));
        turns.removeIf(turn -> turn.end().isBefore(now.minus(SHOWN)));
        recent.addAll(turns);
        while (!recent.isEmpty()
                && (recent.size() > MOST_TURNS || recent.getFirst().end().isBefore(now.minus(SHOWN)))) {
            recent.removeFirst();
        }
        return new Change(news.fromStart(), List.copyOf(turns));
    }

    /** The turns of the last minutes, the oldest first. */
    List<Turn> recent() {
        return List.copyOf(recent);
    }

    Tally tally() {
        List<String> faults = auditor.faults();
        return new Tally(
                auditor.lines(),
                auditor.lost(),
                auditor.overlaps(),
                faults.subList(0, Math.min(faults.size(), MOST_FAULTS)),
                Waits.of(recent));
    }
}
