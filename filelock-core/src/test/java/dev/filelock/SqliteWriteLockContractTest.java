package dev.filelock;

class SqliteWriteLockContractTest extends LockContract {
    SqliteWriteLockContractTest() {
        super(LockKind.SQLITE_WRITE);
    }
}
