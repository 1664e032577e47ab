package dev.filelock;

class RangeLockContractTest extends LockContract {
    RangeLockContractTest() {
        super(LockKind.RANGE);
    }
}
