package dev.filelock.verify;

/** How the tool ends, for scripts and for people. */
enum ExitStatus {
    KEPT(0, "every backend that could be tried kept its promise"),
    BROKEN(1, "a backend let two in at once, or starved a process: don't use it in this directory"),
    USAGE(2, "the command line can't be understood"),
    NOT_TRIED(3, "nothing could be tried, or a process failed");

    final int code;
    final String words;

    ExitStatus(int code, String words) {
        this.code = code;
        this.words = words;
    }
}
