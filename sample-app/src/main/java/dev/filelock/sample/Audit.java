package dev.filelock.sample;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a ledger's own lines tell about its lock: had two processes ever been in at once, one of these faults would show.
 *
 * @param turns the number of lines
 * @param balance the last line's balance
 * @param faults lines that are torn, lost, overlap or have a wrong balance; empty if the lock did its work
 */
record Audit(int turns, long balance, List<String> faults) {
    static Audit of(String ledger, JsonMapper json) {
        List<String> lines = ledger.lines().toList();
        List<String> faults = new ArrayList<>();
        Turn last = Turn.NONE;
        for (int i = 0; i < lines.size(); i++) {
            String where = "line " + (i + 1);
            Turn turn;
            try {
                turn = json.readValue(lines.get(i), Turn.class);
            } catch (JacksonException e) {
                faults.add(where + " is torn: " + lines.get(i));
                continue;
            }
            if (turn.turn() != last.turn() + 1) {
                faults.add(where + " is turn " + turn.turn() + " and follows turn " + last.turn());
            }
            if (turn.start().isBefore(last.end())) {
                faults.add(where + " starts at " + turn.start() + ", before the turn of pid " + last.pid()
                        + " ended at " + last.end());
            }
            if (turn.balance() != last.balance() + turn.amount()) {
                faults.add(
                        where + " has balance " + turn.balance() + ", not " + last.balance() + " + " + turn.amount());
            }
            last = turn;
        }
        if (!ledger.isEmpty() && !ledger.endsWith("\n")) {
            faults.add("line " + lines.size() + " is torn: its end is missing");
        }
        return new Audit(lines.size(), last.balance(), List.copyOf(faults));
    }
}
