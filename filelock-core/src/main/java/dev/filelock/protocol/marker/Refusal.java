package dev.filelock.protocol.marker;

import dev.filelock.LockBackend;
import dev.filelock.LockProtocolException;
import java.nio.file.Path;

/** Words for what is found in a marker's place, and is none that waiting or clearing up could help. */
final class Refusal {
    private Refusal() {}

    static LockProtocolException of(Path path, LockBackend backend, MarkerRecord record) {
        Owner owner = record.owner();
        return of(
                path, backend, record.kind().description() + " (pid " + owner.pid() + " on host " + owner.host() + ")");
    }

    static LockProtocolException of(Path path, LockBackend backend, String found) {
        return new LockProtocolException(
                path,
                path + " holds " + found + ", not the marker of a " + backend
                        + " lock, and was left as it is. Choose another"
                        + " path (for data.txt a companion such as data.txt.lock), use one backend for all who lock it, or"
                        + " remove it by hand if nobody needs it");
    }
}
