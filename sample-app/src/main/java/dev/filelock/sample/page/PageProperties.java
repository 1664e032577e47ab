package dev.filelock.sample.page;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings of the page.
 *
 * @param account whose ledger it shows
 * @param python the interpreter that has the package {@code filelock}
 * @param hosts the names by which a browser may call this service; any other in a request's {@code Host} is refused
 * @param pause how long a participant of a contended run rests between two turns, on average
 * @param longest after this time whatever the page started is ended
 */
@ConfigurationProperties("sample.page")
record PageProperties(String account, String python, List<String> hosts, Duration pause, Duration longest) {}
