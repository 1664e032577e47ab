package dev.filelock.protocol.marker;

import dev.filelock.protocol.Heartbeats;
import java.time.Duration;

/**
 * How long a lease lasts, and how it is kept.
 *
 * @param duration without a refresh
 * @param heartbeat the time between two refreshes, less than the duration
 * @param heartbeats who calls for them
 */
record LeaseTerms(Duration duration, Duration heartbeat, Heartbeats heartbeats) {}
