package dev.filelock.spring;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;

/**
 * Reads the annotations of one method and collects what is wrong with them. Each says where its own lock is; what concerns the call
 * as a whole may be said by any of them.
 */
final class PlanReader {
    private final LockedMethod locked;
    private final ConfigurableBeanFactory beans;
    private final List<String> problems = new ArrayList<>();

    PlanReader(LockedMethod locked, ConfigurableBeanFactory beans) {
        this.locked = locked;
        this.beans = beans;
    }

    /**
     * Reads them.
     *
     * @throws FileLockMisuseException if they make no sense, with all the reasons
     */
    CallPlan read() {
        List<LockPlan> locks = new ArrayList<>();
        for (FileLocked annotation : locked.annotations()) {
            LockPlan lock = lock(annotation);
            if (lock != null) {
                locks.add(lock);
            }
        }
        Otherwise otherwise = otherwise();
        Duration timeout = agreed("timeout", FileLocked::timeout, PlanReader::duration);
        if (timeout == null && otherwise != Otherwise.THROW) {
            timeout = Duration.ZERO; // an instance that waited would do the work again
        }
        Duration minimumHold = agreed("minimumHold", FileLocked::minimumHold, PlanReader::duration);
        if (minimumHold != null) {
            checkMinimumHold(minimumHold, timeout);
        }
        if (!problems.isEmpty()) {
            throw new FileLockMisuseException(problems);
        }
        return new CallPlan(
                locked,
                List.copyOf(locks),
                timeout,
                minimumHold == null ? Duration.ZERO : minimumHold,
                release(),
                otherwise,
                ReturnTypes.workOf(locked.method()));
    }

    private @Nullable LockPlan lock(FileLocked annotation) {
        LockMode mode = annotation.mode();
        PathTemplate path = read("path", annotation.path(), text -> PathTemplate.parse(text, locked));
        String directory = read("directory", annotation.directory(), text -> text.isBlank() ? null : text.trim());
        LockBackend backend = read("backend", annotation.backend(), text -> backend(text, mode));
        String label = read("name", annotation.name(), text -> text.isBlank() ? null : text);
        if (path == null) {
            return null;
        }
        if (directory != null && path.sample().isAbsolute()) {
            problem("path '" + path + "' is absolute, but directory = \"" + directory
                    + "\" is named; leave one of them out");
        }
        return new LockPlan(
                path, mode, directory, backend, label == null ? LockedMethod.shortName(locked.method()) : label);
    }

    private Otherwise otherwise() {
        Otherwise fallback = agreed(
                "fallback", FileLocked::fallback, text -> text.isBlank() ? null : Fallback.parse(text, locked, beans));
        if (fallback != null) {
            return fallback;
        }
        boolean skips = locked.annotations().stream()
                .anyMatch(annotation -> annotation.onTimeout() == FileLocked.OnTimeout.SKIP);
        if (!skips) {
            return Otherwise.THROW;
        }
        if (!ReturnTypes.canSayNotDone(locked)) {
            problem("onTimeout = SKIP, but its result, "
                    + ReturnTypes.resultOf(locked.method()).getSimpleName()
                    + ", can't say that it did not run; return void or an Optional, annotate the method with @Nullable, name a "
                    + "fallback, or let it throw");
        }
        return new Skip(locked);
    }

    private FileLocked.Release release() {
        return locked.annotations().stream().anyMatch(annotation -> annotation.release() == FileLocked.Release.METHOD)
                ? FileLocked.Release.METHOD
                : FileLocked.Release.TRANSACTION;
    }

    private void checkMinimumHold(Duration minimumHold, @Nullable Duration timeout) {
        if (minimumHold.isZero() || minimumHold.isNegative()) {
            problem("minimumHold " + minimumHold + " is not greater than zero");
        }
        if (timeout == null || !timeout.isZero()) {
            problem(
                    "minimumHold needs timeout = \"0\" (onTimeout = SKIP and a fallback have it by default): an instance that waited would run "
                            + "as soon as it is over");
        }
        for (FileLocked annotation : locked.annotations()) {
            if (annotation.mode() != LockMode.EXCLUSIVE) {
                problem("minimumHold needs mode EXCLUSIVE, not " + annotation.mode());
            }
        }
    }

    // ---- attributes

    /** What the annotations that say anything say alike. */
    private <T> @Nullable T agreed(
            String attribute, Function<FileLocked, String> value, Function<String, @Nullable T> parser) {
        List<String> said = locked.annotations().stream()
                .map(value)
                .filter(text -> !text.isBlank())
                .distinct()
                .toList();
        if (said.size() > 1) {
            problem(
                    attribute + " is \"" + said.get(0) + "\" in one annotation and \"" + said.get(1)
                            + "\" in another, but it is one for all locks of a call; write it in one of them, or the same in all");
            return null;
        }
        return said.isEmpty() ? null : read(attribute, said.get(0), parser);
    }

    private <T> @Nullable T read(String attribute, String raw, Function<String, @Nullable T> parser) {
        try {
            String text = beans.resolveEmbeddedValue(raw);
            if (text == null) {
                text = "";
            }
            if (text.contains("${")) {
                throw new IllegalArgumentException("'" + text + "' has a placeholder for which there is no property");
            }
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            problem(message.startsWith(attribute) ? message : attribute + ": " + message);
            return null;
        }
    }

    private static @Nullable Duration duration(String text) {
        return text.isBlank() ? null : LockDuration.of(text).value();
    }

    private static @Nullable LockBackend backend(String text, LockMode mode) {
        if (text.isBlank()) {
            return null;
        }
        String name = text.trim().replace('-', '_').toUpperCase(Locale.ROOT);
        String suitable = Arrays.stream(LockBackend.values())
                .filter(each -> each.supports(mode))
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        for (LockBackend backend : LockBackend.values()) {
            if (backend.name().equals(name)) {
                if (!backend.supports(mode)) {
                    throw new IllegalArgumentException(
                            "backend " + backend + " has no mode " + mode + "; those that have it: " + suitable);
                }
                return backend;
            }
        }
        throw new IllegalArgumentException(
                "there is no backend '" + text + "'; for mode " + mode + " write one of: " + suitable);
    }

    private void problem(String text) {
        problems.add(locked + ": " + text);
    }
}
