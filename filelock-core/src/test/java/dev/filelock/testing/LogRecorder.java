package dev.filelock.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Records what a logger and those below it say, at every level and instead of printing it, until it is closed. */
public final class LogRecorder implements AutoCloseable {
    private final Logger logger;
    private final @Nullable Level levelBefore;
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    private LogRecorder(Logger logger) {
        this.logger = logger;
        this.levelBefore = logger.getLevel();
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
    }

    public static LogRecorder of(String logger) {
        return new LogRecorder((Logger) LoggerFactory.getLogger(logger));
    }

    public List<ILoggingEvent> events(Level level) {
        synchronized (appender) { // as it is while it adds one
            return appender.list.stream()
                    .filter(event -> event.getLevel().equals(level))
                    .toList();
        }
    }

    /** The warnings, as a reader of the log sees them. */
    public List<String> warnings() {
        return events(Level.WARN).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setLevel(levelBefore);
        logger.setAdditive(true);
    }
}
