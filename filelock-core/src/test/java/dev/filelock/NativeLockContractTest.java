package dev.filelock;

class NativeLockContractTest extends LockContract {
    NativeLockContractTest() {
        super(LockKind.NATIVE);
    }
}
