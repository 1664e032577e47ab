package dev.filelock.sample.page;

import java.util.List;

/**
 * What the whole ledger adds up to, and how long its recent turns waited.
 *
 * @param lost lines that are missing or torn
 * @param overlaps turns that began before the one before them had ended
 * @param faults the first few faults, in words
 * @param waits of the turns of the last minutes
 */
record Tally(int turns, long lost, int overlaps, List<String> faults, Waits waits) {}
