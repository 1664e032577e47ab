package dev.filelock;

class LeaseLockContractTest extends LockContract {
    LeaseLockContractTest() {
        super(LockKind.LEASE);
    }
}
