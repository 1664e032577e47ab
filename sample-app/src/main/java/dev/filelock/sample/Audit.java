package dev.filelock.sample;

import java.util.List;
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
        Auditor auditor = new Auditor(json);
        ledger.lines().forEach(auditor::read);
        if (!ledger.isEmpty() && !ledger.endsWith("\n")) {
            auditor.endIsMissing();
        }
        return new Audit(auditor.lines(), auditor.last().balance(), auditor.faults());
    }
}
