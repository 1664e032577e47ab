package dev.filelock.sample;

import dev.filelock.FileLockException;
import dev.filelock.FileLockTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Turns what went wrong into problem responses (RFC 9457). The messages of the lock's exceptions are made to be shown. */
@RestControllerAdvice
class Problems {
    /** Somebody else has the lock: the message and {@code holders} say who. */
    @ExceptionHandler
    ResponseEntity<ProblemDetail> locked(FileLockTimeoutException e) {
        ProblemDetail problem = problem(HttpStatus.SERVICE_UNAVAILABLE, "Locked by somebody else", e);
        problem.setProperty("holders", e.holders());
        return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, "1")
                .body(problem);
    }

    /** The file system refused, what is at the lock's path is no lock file, or a ledger is damaged. */
    @ExceptionHandler({FileLockException.class, IllegalStateException.class})
    ProblemDetail broken(RuntimeException e) {
        return problem(HttpStatus.INTERNAL_SERVER_ERROR, "The files can't be used", e);
    }

    @ExceptionHandler
    ProblemDetail bad(IllegalArgumentException e) {
        return problem(HttpStatus.BAD_REQUEST, "Bad request", e);
    }

    private static ProblemDetail problem(HttpStatus status, String title, Exception e) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, e.getMessage());
        problem.setTitle(title);
        return problem;
    }
}
