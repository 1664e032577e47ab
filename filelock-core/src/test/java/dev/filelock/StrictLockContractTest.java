package dev.filelock;

class StrictLockContractTest extends LockContract {
    StrictLockContractTest() {
        super(LockKind.STRICT);
    }
}
