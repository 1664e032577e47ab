package dev.filelock.spring;

import java.util.List;
import java.util.stream.Collectors;

/** {@link FileLocked} stands where it can't work. The message lists every place that was found, and what to change there. */
public final class FileLockMisuseException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    /**
     * Makes an exception.
     *
     * @param problems one line for each place; not empty
     */
    public FileLockMisuseException(List<String> problems) {
        super(describe(problems));
        this.problems = List.copyOf(problems);
    }

    static String describe(List<String> problems) {
        return "@FileLocked can't work here:"
                + problems.stream().map(problem -> "\n  - " + problem).collect(Collectors.joining());
    }

    /**
     * The places.
     *
     * @return one line each; empty after deserialisation
     */
    @SuppressWarnings("NullAway") // a transient field is null after deserialisation
    public List<String> problems() {
        return problems == null ? List.of() : problems;
    }
}
