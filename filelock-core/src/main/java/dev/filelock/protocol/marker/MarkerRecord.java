package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import org.jspecify.annotations.Nullable;

/**
 * What a marker says: who made it, and under which contract.
 *
 * <p>Written in one form only; read with all the latitude of a Python peer, see {@link PythonText}.
 */
sealed interface MarkerRecord extends Content permits Protocol1Record, Protocol2Record {

    /** The contracts that a record can name. */
    enum Kind {
        SOFT(LockBackend.SOFT, "the marker of a SOFT lock"),
        EXCLUSIVE(LockBackend.MARKER, "the record of a MARKER lock"),
        LEASE(LockBackend.LEASE, "the record of a LEASE lock"),
        /** Of a version to come: held, whatever it means. */
        UNKNOWN(null, "a protocol-2 record of unknown mode");

        private final @Nullable LockBackend backend;
        private final String description;

        Kind(@Nullable LockBackend backend, String description) {
            this.backend = backend;
            this.description = description;
        }

        /** The backend that writes it; null if none does. */
        @Nullable LockBackend backend() {
            return backend;
        }

        /** With its article. */
        String description() {
            return description;
        }
    }

    Kind kind();

    Owner owner();

    /** The canonical bytes. */
    byte[] toBytes();

    /** Reads a marker's text; null if it is no record. */
    static @Nullable MarkerRecord parse(String text) {
        MarkerRecord record = Protocol2Record.parse(text);
        return record != null ? record : Protocol1Record.parse(text);
    }
}
