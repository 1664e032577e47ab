package dev.filelock.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An oracle that never finds anything would be worth nothing: each kind of violation once, and beside it what is none. */
class OracleTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Ledger ledger = new Ledger();
    private final List<Injection> injections = new ArrayList<>();

    @Test
    void staysThatFollowOneAnotherAreFine() {
        stay("java0", "SOFT", "EXCLUSIVE", 10, 20, 0, 1);
        stay("python1", "SOFT", "EXCLUSIVE", 20, 30, 1, 2);
        stay("java0", "NATIVE", "EXCLUSIVE", 15, 25, 0, 1);
        assertThat(violations()).isEmpty();
    }

    @Test
    void twoAtOnceAreAnOverlap() {
        stay("java0", "SOFT", "EXCLUSIVE", 10, 20, 0, 1);
        stay("java1", "SOFT", "EXCLUSIVE", 19, 30, 0, 1);
        assertThat(violations()).singleElement().asString().contains("SOFT: OVERLAP", "java0", "java1");
    }

    @Test
    void readersMayOverlapReadersButNoWriter() {
        stay("java0", "SQLITE", "READ", 10, 20, 0, 0);
        stay("java1", "SQLITE", "READ", 15, 25, 0, 0);
        assertThat(violations()).isEmpty();
        stay("python2", "SQLITE", "WRITE", 24, 30, 0, 1);
        assertThat(violations()).singleElement().asString().contains("SQLITE: OVERLAP", "java1", "python2");
    }

    @Test
    void aNumberThatWasForgottenIsLost() {
        stay("java0", "SOFT", "EXCLUSIVE", 10, 20, 0, 1);
        stay("java1", "SOFT", "EXCLUSIVE", 20, 30, 0, 1);
        assertThat(violations()).singleElement().asString().contains("SOFT: LOST number", "expected 1");
    }

    @Test
    void aNumberInPiecesIsTorn() {
        stay("java0", "SOFT", "EXCLUSIVE", 10, 20, SharedNumber.TORN, 0);
        assertThat(violations()).singleElement().asString().contains("SOFT: TORN number");
    }

    @Test
    void aNumberThatChangesUnderAReaderIsSeen() {
        stay("java0", "GENERATION", "READ", 10, 20, 0, 1);
        assertThat(violations()).singleElement().asString().contains("GENERATION: CHANGED number");
    }

    @Test
    void aKilledWriterMayHaveWrittenOrNot() {
        enter("java0", "SOFT", "EXCLUSIVE", 10, 0);
        ledger.ends("java0", false, 20, Map.of());
        stay("java1", "SOFT", "EXCLUSIVE", 30, 40, 1, 2);
        enter("java1", "SOFT", "EXCLUSIVE", 50, 2);
        ledger.ends("java1", false, 60, Map.of());
        stay("java2", "SOFT", "EXCLUSIVE", 70, 80, 2, 3);
        assertThat(violations()).isEmpty();
    }

    @Test
    void nobodyGetsInBeforeTheHolderIsDead() {
        enter("java0", "SOFT", "EXCLUSIVE", 10, 0);
        ledger.ends("java0", false, 20, Map.of());
        stay("java1", "SOFT", "EXCLUSIVE", 19, 40, 0, 1);
        assertThat(violations()).singleElement().asString().contains("SOFT: OVERLAP", "killed inside");
    }

    @Test
    void underStrictNobodyGetsInBeforeTheOperatorCame() {
        enter("java0", "STRICT", "EXCLUSIVE", 10, 0);
        ledger.ends("java0", false, 20, Map.of(LockBackend.STRICT, 100L));
        stay("java1", "STRICT", "EXCLUSIVE", 90, 120, 0, 1);
        assertThat(violations()).singleElement().asString().contains("STRICT: OVERLAP");
    }

    @Test
    void aLeaseMayBeOvertakenWhileItsHolderIsStoppedIfItIsTold() {
        injections.add(new Injection(Fault.STOPPED, "java0", null, SECOND, 4 * SECOND));
        enter("java0", "LEASE", "EXCLUSIVE", SECOND / 2, 0);
        stay("java1", "LEASE", "EXCLUSIVE", 3 * SECOND, 3 * SECOND + 10, 0, 1);
        ledger.add("java0", false, "X LEASE 0 " + 5 * SECOND + " 1 " + 5 * SECOND + " overtaken");
        Oracle.Verdict verdict = Oracle.judge(ledger, injections);
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.overtaken()).isEqualTo(1);
    }

    @Test
    void aLeaseIsNotOvertakenUntold() {
        injections.add(new Injection(Fault.STOPPED, "java0", null, SECOND, 4 * SECOND));
        stay("java0", "LEASE", "EXCLUSIVE", SECOND / 2, 5 * SECOND, 0, 1);
        stay("java1", "LEASE", "EXCLUSIVE", 3 * SECOND, 3 * SECOND + 10, 0, 1);
        assertThat(violations()).singleElement().asString().contains("LEASE: OVERLAP");
    }

    @Test
    void aSoftLockIsNotOvertakenWhateverItsHolderIsTold() {
        injections.add(new Injection(Fault.STOPPED, "java0", null, SECOND, 4 * SECOND));
        enter("java0", "SOFT", "EXCLUSIVE", SECOND / 2, 0);
        stay("java1", "SOFT", "EXCLUSIVE", 3 * SECOND, 3 * SECOND + 10, 0, 1);
        ledger.add("java0", false, "X SOFT 0 " + 5 * SECOND + " 1 " + 5 * SECOND + " overtaken");
        assertThat(violations())
                .hasSize(2)
                .anyMatch(text -> text.contains("OVERLAP"))
                .anyMatch(text -> text.contains("LOST WITHOUT A REASON"));
    }

    @Test
    void whatHappensBetweenLeavingAndBeingToldIsAReasonForALoss() {
        injections.add(new Injection(Fault.RENAMED, null, LockBackend.SOFT, 22, 40));
        enter("java0", "SOFT", "EXCLUSIVE", 10, 0);
        ledger.add("java0", false, "X SOFT 0 20 1 23 replaced");
        assertThat(violations()).isEmpty();
    }

    @Test
    void whatHappensAfterBeingToldIsNone() {
        injections.add(new Injection(Fault.RENAMED, null, LockBackend.SOFT, 24, 40));
        enter("java0", "SOFT", "EXCLUSIVE", 10, 0);
        ledger.add("java0", false, "X SOFT 0 20 1 23 replaced");
        assertThat(violations()).singleElement().asString().contains("LOST WITHOUT A REASON");
    }

    @Test
    void aFailureNeedsAReason() {
        ledger.add("java0", false, "F SOFT 0 100 dev.filelock.FileLockException: no");
        assertThat(violations()).singleElement().asString().contains("SOFT: FAILURE of java0", "FileLockException: no");
    }

    @Test
    void whoeverStoodStillMayBeToldOfTheLossWhenItEntersAgain() {
        String lost = " dev.filelock.LockLostException: gone";
        injections.add(new Injection(Fault.STOPPED, null, null, SECOND, 4 * SECOND));
        ledger.add("java0", false, "F GENERATION 0 " + 5 * SECOND + lost);
        assertThat(violations()).isEmpty();
        ledger.add("java0", false, "F STRICT 0 " + 5 * SECOND + lost);
        ledger.add("java0", false, "F GENERATION 0 " + 20 * SECOND + lost);
        assertThat(violations()).hasSize(2);
    }

    @Test
    void aPythonThatStoodStillMayFailWhereItMayBeOvertaken() {
        injections.add(new Injection(Fault.STOPPED, null, null, SECOND, 4 * SECOND));
        ledger.add("python0", true, "F GENERATION 0 " + 5 * SECOND + " FileNotFoundError(2)");
        assertThat(violations()).isEmpty();
        ledger.add("python0", true, "F SOFT 0 " + 5 * SECOND + " FileNotFoundError(2)");
        ledger.add("java0", false, "F GENERATION 0 " + 5 * SECOND + " dev.filelock.FileLockException: no");
        assertThat(violations())
                .hasSize(2)
                .anyMatch(text -> text.contains("SOFT: FAILURE of python0"))
                .anyMatch(text -> text.contains("GENERATION: FAILURE of java0"));
    }

    @Test
    void whoeverWaitsTooLongStarves() {
        ledger.starts("java0", LockBackend.SOFT, 0, 0);
        stay("java0", "SOFT", "EXCLUSIVE", 31 * SECOND, 32 * SECOND, 0, 1);
        assertThat(violations()).singleElement().asString().contains("SOFT: STARVED, java0/0 waited 31000 ms");
        injections.add(new Injection(Fault.STOPPED, "java1", null, 0, 3 * SECOND));
        assertThat(violations()).isEmpty();
    }

    @Test
    void aBugIsNoFailureThatAFaultExcuses() {
        injections.add(new Injection(Fault.DESCRIPTORS, "java0", null, SECOND, 2 * SECOND));
        ledger.add("java0", false, "F SOFT 0 " + 2 * SECOND + " dev.filelock.FileLockException: no");
        assertThat(violations()).isEmpty();
        ledger.add("java0", false, "F SOFT 0 " + 2 * SECOND + " " + Player.BUG + "java.lang.NullPointerException");
        assertThat(violations()).singleElement().asString().contains("FAILURE of java0", "NullPointerException");
    }

    @Test
    void aReaderInPythonIsNotToldThatHeWasOvertaken() {
        stay("python0", "SQLITE", "READ", 10, 40, 0, 1);
        stay("java1", "SQLITE", "WRITE", 20, 30, 0, 1);
        assertThat(violations()).hasSize(2).anyMatch(text -> text.contains("CHANGED number"));
        injections.add(new Injection(Fault.DELETED, null, LockBackend.SQLITE, 5, 15));
        assertThat(violations()).isEmpty();
    }

    @Test
    void aReaderWhomAPythonDisturbsThatMayKnowNoBetterSeesNumbersChange() {
        injections.add(new Injection(Fault.DIRECTORY_DELETED, null, null, 5, 15));
        stay("java1", "SQLITE", "READ", 4 * SECOND, 6 * SECOND, 0, 1);
        stay("python0", "SQLITE", "WRITE", 2 * SECOND, 5 * SECOND, 0, 1);
        stay("java1", "SQLITE", "READ", 7 * SECOND, 8 * SECOND, 1, 1);
        assertThat(violations()).isEmpty();
    }

    @Test
    void aPythonThatWasKeptFromRunningMayTakeALease() {
        enter("java0", "LEASE", "EXCLUSIVE", 3 * SECOND, 0);
        ledger.add("java0", false, "X LEASE 0 " + (3 * SECOND + 10) + " 1 " + (3 * SECOND + 10) + " gone");
        assertThat(violations()).singleElement().asString().contains("LOST WITHOUT A REASON");
        stay("python1", "NATIVE", "EXCLUSIVE", SECOND, 2 * SECOND, 0, 1);
        assertThat(violations()).isEmpty();
    }

    @Test
    void aPythonThatWasKeptFromRunningMayHaveLostWhatItWasGivenBefore() {
        stay("java0", "GENERATION", "WRITE", 10 * SECOND, 10 * SECOND + 30, 0, 1);
        stay("python1", "GENERATION", "READ", 10 * SECOND + 10, 10 * SECOND + 20, 0, 0);
        assertThat(violations()).singleElement().asString().contains("GENERATION: OVERLAP");
        stay("python1", "SOFT", "EXCLUSIVE", 8 * SECOND, 9 * SECOND, 0, 1);
        assertThat(violations()).isEmpty();
    }

    @Test
    void fencingTokensGrow() {
        stayWith(7, "java0", "WRITE", 10, 0, 1);
        stayWith(8, "java1", "READ", 20, 1, 1);
        stayWith(8, "java1", "READ", 20, 1, 1);
        stayWith(9, "java0", "READ", 21, 1, 1);
        stayWith(8, "java2", "READ", 22, 1, 1);
        stayWith(10, "java0", "WRITE", 30, 1, 2);
        assertThat(violations()).isEmpty();
    }

    @Test
    void aFencingTokenThatDoesNotGrowIsSeen() {
        stayWith(7, "java0", "WRITE", 10, 0, 1);
        stayWith(8, "java1", "READ", 20, 1, 1);
        stayWith(8, "java0", "WRITE", 30, 1, 2);
        stayWith(9, "java0", "WRITE", 40, 2, 3);
        stayWith(9, "java1", "READ", 50, 3, 3);
        assertThat(violations())
                .hasSize(2)
                .anyMatch(text -> text.contains("GENERATION: OLD TOKEN 8 of java0/0 in mode WRITE"))
                .anyMatch(text -> text.contains("GENERATION: OLD TOKEN 9 of java1/0 in mode READ"));
    }

    @Test
    void fencingTokensBeginAnewWhereTheirMemoryWasRemoved() {
        stayWith(7, "java0", "WRITE", 10, 0, 1);
        stayWith(1, "java0", "WRITE", 30, 1, 2);
        stayWith(2, "java0", "WRITE", 40, 2, 3);
        injections.add(new Injection(Fault.DESCRIPTORS, null, null, 15, 20));
        injections.add(new Injection(Fault.DELETED, null, LockBackend.SOFT, 15, 20));
        assertThat(violations()).singleElement().asString().contains("OLD TOKEN 1 of java0/0");
        injections.add(new Injection(Fault.DELETED, null, LockBackend.GENERATION, 15, 20));
        assertThat(violations()).isEmpty();
    }

    private void stayWith(long token, String contestant, String mode, long entered, long saw, long leftBehind) {
        ledger.add(contestant, false, "E GENERATION 0 " + mode + " " + entered + " " + saw + " " + token);
        ledger.add(contestant, false, "L GENERATION 0 " + (entered + 5) + " " + leftBehind);
    }

    private void stay(
            String contestant, String backend, String mode, long entered, long left, long saw, long leftBehind) {
        enter(contestant, backend, mode, entered, saw);
        ledger.add(contestant, contestant.startsWith("python"), "L " + backend + " 0 " + left + " " + leftBehind);
    }

    private void enter(String contestant, String backend, String mode, long at, long saw) {
        ledger.add(contestant, contestant.startsWith("python"), "E " + backend + " 0 " + mode + " " + at + " " + saw);
    }

    private List<String> violations() {
        return Oracle.judge(ledger, injections).violations();
    }
}
