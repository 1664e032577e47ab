package dev.filelock;

class SqliteReadWriteContractTest extends ReadWriteContract {
    SqliteReadWriteContractTest() {
        super(LockKind.SQLITE_READ);
    }
}
