package dev.filelock.os;

/** Chooses the implementation for the system this JVM runs on. */
final class SystemProcesses {
    static final Processes INSTANCE = find();

    private SystemProcesses() {}

    private static Processes find() {
        if (Platforms.isWindows()) {
            return new WindowsProcesses();
        } else if (Platforms.isMac()) {
            return new MacProcesses();
        }
        return new LinuxProcesses();
    }
}
