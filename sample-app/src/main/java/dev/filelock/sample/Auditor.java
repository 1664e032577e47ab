package dev.filelock.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Reads a ledger line by line, in order, and keeps what is wrong. Not safe for use by several threads. */
public final class Auditor {
    private final JsonMapper json;
    private final List<String> faults = new ArrayList<>();
    private Turn last = Turn.NONE;
    private int lines;
    private long lost;
    private int overlaps;

    public Auditor(JsonMapper json) {
        this.json = json;
    }

    /**
     * The next line.
     *
     * @return its turn, empty if the line is torn
     */
    public Optional<Turn> read(String line) {
        lines++;
        String where = "line " + lines;
        Turn turn = parse(line);
        if (turn == null) {
            faults.add(where + " is torn: " + line);
            lost++;
            return Optional.empty();
        }
        if (turn.turn() != last.turn() + 1) {
            faults.add(where + " is turn " + turn.turn() + " and follows turn " + last.turn());
            lost += Math.max(1, turn.turn() - last.turn() - 1);
        }
        if (turn.start().isBefore(last.end())) {
            faults.add(where + " starts at " + turn.start() + ", before the turn of pid " + last.pid() + " ended at "
                    + last.end());
            overlaps++;
        }
        if (turn.balance() != last.balance() + turn.amount()) {
            faults.add(where + " has balance " + turn.balance() + ", not " + last.balance() + " + " + turn.amount());
        }
        last = turn;
        return Optional.of(turn);
    }

    void endIsMissing() {
        faults.add("line " + lines + " is torn: its end is missing");
    }

    private @Nullable Turn parse(String line) {
        try {
            return json.readValue(line, Turn.class);
        } catch (JacksonException e) {
            return null;
        }
    }

    Turn last() {
        return last;
    }

    public int lines() {
        return lines;
    }

    /** How many lines are missing or can't be read. */
    public long lost() {
        return lost;
    }

    /** How many turns began before the one before them had ended. */
    public int overlaps() {
        return overlaps;
    }

    /** Everything that is wrong, in words, the first one first. */
    public List<String> faults() {
        return List.copyOf(faults);
    }
}
