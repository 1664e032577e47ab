package dev.filelock.sample.page;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** A button was pressed that has nothing to do now; a problem response says so. */
final class BusyException extends ResponseStatusException {
    private static final long serialVersionUID = 1;

    BusyException(String reason) {
        super(HttpStatus.CONFLICT, reason);
    }
}
