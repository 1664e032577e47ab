package dev.filelock.protocol.claim;

import dev.filelock.protocol.claim.ClaimName.State;
import java.util.Comparator;
import java.util.List;

/**
 * What a look at the claims showed.
 *
 * @param names sorted as file names are
 */
record Claims(List<ClaimName> names) {

    boolean isEmpty() {
        return names.isEmpty();
    }

    boolean contains(ClaimName name) {
        return names.contains(name);
    }

    /** Nobody has the lock, and of those who ask for it this one goes first. */
    boolean letsGoFirst(ClaimName intent) {
        return names.stream().noneMatch(name -> name.state() == State.HELD)
                && !names.isEmpty()
                && names.get(0).equals(intent);
    }

    /** Nobody else's token is smaller. */
    boolean isSmallest(String token) {
        return names.stream()
                .map(ClaimName::token)
                .min(Comparator.naturalOrder())
                .filter(token::equals)
                .isPresent();
    }
}
