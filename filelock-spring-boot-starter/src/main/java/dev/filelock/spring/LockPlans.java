package dev.filelock.spring;

import dev.filelock.LockBackend;
import dev.filelock.LockMode;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringValueResolver;

/** Reads annotations, each once. */
final class LockPlans {
    private final LockedMethodFinder methods;
    private final StringValueResolver placeholders;
    private final Map<LockedMethod, LockPlan> plans = new ConcurrentHashMap<>();

    LockPlans(LockedMethodFinder methods, StringValueResolver placeholders) {
        this.methods = methods;
        this.placeholders = placeholders;
    }

    LockedMethodFinder methods() {
        return methods;
    }

    /**
     * The plan for a method.
     *
     * @return null if it is not locked
     * @throws FileLockMisuseException if its annotation makes no sense
     */
    @Nullable LockPlan find(Method method, Class<?> targetClass) {
        LockedMethod locked = methods.find(method, targetClass);
        return locked == null ? null : plan(locked);
    }

    /**
     * The plan of an annotation.
     *
     * @throws FileLockMisuseException if it makes no sense, with all the reasons
     */
    LockPlan plan(LockedMethod locked) {
        LockPlan known = plans.get(locked);
        if (known != null) {
            return known;
        }
        LockPlan plan = new Reader(locked).read();
        plans.put(locked, plan);
        return plan;
    }

    /** Reads one annotation and collects what is wrong with it. */
    private final class Reader {
        private final LockedMethod locked;
        private final FileLocked annotation;
        private final List<String> problems = new ArrayList<>();

        Reader(LockedMethod locked) {
            this.locked = locked;
            this.annotation = locked.annotation();
        }

        LockPlan read() {
            PathTemplate path = read("path", annotation.path(), text -> PathTemplate.parse(text, locked));
            String directory = read("directory", annotation.directory(), text -> text.isBlank() ? null : text.trim());
            LockBackend backend = read("backend", annotation.backend(), this::backend);
            Duration timeout = read("timeout", annotation.timeout(), Reader::duration);
            Duration minimumHold = read("minimumHold", annotation.minimumHold(), Reader::duration);
            String label = read("name", annotation.name(), text -> text.isBlank() ? null : text);
            boolean skips = annotation.onTimeout() == FileLocked.OnTimeout.SKIP;
            if (timeout == null && skips && annotation.timeout().isBlank()) {
                timeout = Duration.ZERO; // an instance that waited would do the work again
            }
            if (skips && !ReturnTypes.canSayNotDone(locked)) {
                problem("onTimeout = SKIP, but its result, "
                        + locked.method().getReturnType().getSimpleName()
                        + ", can't say that it did not run; return void or an Optional, annotate the method with @Nullable, or let it "
                        + "throw");
            }
            if (minimumHold != null) {
                checkMinimumHold(minimumHold, timeout);
            }
            if (path != null && directory != null && path.sample().isAbsolute()) {
                problem("path '" + path + "' is absolute, but directory = \"" + directory
                        + "\" is named; leave one of them out");
            }
            if (path == null || !problems.isEmpty()) {
                throw new FileLockMisuseException(problems);
            }
            return new LockPlan(
                    locked,
                    path,
                    annotation.mode(),
                    directory,
                    backend,
                    timeout,
                    minimumHold == null ? Duration.ZERO : minimumHold,
                    label == null ? LockedMethod.shortName(locked.method()) : label);
        }

        private <T> @Nullable T read(String attribute, String raw, Function<String, @Nullable T> parser) {
            try {
                String text = placeholders.resolveStringValue(raw);
                if (text == null) {
                    text = "";
                }
                if (text.contains("${")) {
                    throw new IllegalArgumentException(
                            "'" + text + "' has a placeholder for which there is no property");
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

        private @Nullable LockBackend backend(String text) {
            if (text.isBlank()) {
                return null;
            }
            String name = text.trim().replace('-', '_').toUpperCase(Locale.ROOT);
            LockMode mode = annotation.mode();
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

        private void checkMinimumHold(Duration minimumHold, @Nullable Duration timeout) {
            if (minimumHold.isZero() || minimumHold.isNegative()) {
                problem("minimumHold '" + annotation.minimumHold() + "' is not greater than zero");
            }
            if (timeout == null || !timeout.isZero()) {
                problem(
                        "minimumHold needs timeout = \"0\" (onTimeout = SKIP has it by default): an instance that waited would run "
                                + "as soon as it is over");
            }
            if (annotation.mode() != LockMode.EXCLUSIVE) {
                problem("minimumHold needs mode EXCLUSIVE, not " + annotation.mode());
            }
        }

        private void problem(String text) {
            problems.add(locked + ": " + text);
        }
    }
}
