package dev.filelock.os;

/** Which system it is, without loading JNA to find out. */
final class Platforms {
    private static final String NAME = System.getProperty("os.name", "");

    private Platforms() {}

    static boolean isWindows() {
        return NAME.startsWith("Windows");
    }

    static boolean isLinux() {
        return NAME.startsWith("Linux");
    }

    static boolean isMac() {
        return NAME.startsWith("Mac") || NAME.startsWith("Darwin");
    }
}
