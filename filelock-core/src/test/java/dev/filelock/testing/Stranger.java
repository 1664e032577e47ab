package dev.filelock.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Another user, who puts things into directories that everybody may write. Only root can play him. */
public final class Stranger {
    public static final int ID = 12345;
    private static final int AS_IN_TMP = 01777;

    private Stranger() {}

    /** As if the stranger had made this, in a directory such as {@code /tmp}. */
    public static void plant(Path path) throws IOException {
        assumeTrue(Files.getAttribute(path, "unix:uid").equals(0), "only root can give files away");
        Files.setAttribute(path.getParent(), "unix:mode", AS_IN_TMP);
        Files.setAttribute(path, "unix:uid", ID);
    }
}
