package dev.filelock;

class SoftLockContractTest extends LockContract {
    SoftLockContractTest() {
        super(LockKind.SOFT);
    }
}
