package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.testing.ChildProcess;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class NativeLockContractTest extends LockContract {
    NativeLockContractTest() {
        super(LockKind.NATIVE);
    }

    /** Java's own file locks are dropped by that, without a word. */
    @Test
    void readingTheLockFileInTheHoldersJvmDoesNotDropTheLock() throws Exception {
        try (ChildProcess peer = Peer.start(LockKind.NATIVE, path);
                HeldLock held = lock.acquire()) {
            assertThat(Files.readString(path)).isEmpty();
            Files.newByteChannel(path).close();
            Files.copy(path, directory.resolve("copy"));
            assertThat(peer.ask("try 100")).startsWith("timeout");
        }
    }
}
