package dev.filelock;

class GenerationReadWriteContractTest extends ReadWriteContract {
    GenerationReadWriteContractTest() {
        super(LockKind.GENERATION_READ);
    }
}
