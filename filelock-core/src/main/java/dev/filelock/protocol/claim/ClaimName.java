package dev.filelock.protocol.claim;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file name of a claim, {@code <state>-v1-<token>.claim}.
 *
 * @param token 32 lower-case hexadecimal digits, of one acquisition
 */
record ClaimName(State state, String token) {
    private static final Pattern FORM = Pattern.compile("(intent|held)-v1-([0-9a-f]{32})\\.claim");

    enum State {
        INTENT("intent"),
        HELD("held");

        private final String text;

        State(String text) {
            this.text = text;
        }
    }

    /** Null if it is not the name of a claim. */
    static @Nullable ClaimName parse(String fileName) {
        Matcher matcher = FORM.matcher(fileName);
        if (!matcher.matches()) {
            return null;
        }
        return new ClaimName(matcher.group(1).equals(State.HELD.text) ? State.HELD : State.INTENT, matcher.group(2));
    }

    String fileName() {
        return state.text + "-v1-" + token + ".claim";
    }
}
