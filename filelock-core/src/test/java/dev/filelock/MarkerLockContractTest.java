package dev.filelock;

class MarkerLockContractTest extends LockContract {
    MarkerLockContractTest() {
        super(LockKind.MARKER);
    }
}
