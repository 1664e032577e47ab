package dev.filelock.os;

import dev.filelock.protocol.Watcher;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How processes of one host tell each other that a file has changed. */
public final class ChangeSignals {
    private static final Logger log = LoggerFactory.getLogger("dev.filelock");

    private static volatile boolean useless = !Platforms.isLinux();

    private ChangeSignals() {}

    /** Tells of changes on Linux; elsewhere nothing. Links nothing native before something is watched. */
    public static Watcher watcher() {
        return Platforms.isLinux() ? new InotifyWatcher() : Watcher.NONE;
    }

    /**
     * Lets those who watch a file know that it is worth a look, without opening it. Never throws: they poll as well.
     *
     * @param path not followed if it is a symbolic link
     */
    public static void give(Path path) {
        if (useless) {
            return;
        }
        try {
            if (!Inotify.touch(path)) {
                log.debug("{} could not be touched, so its waiters notice by polling", path);
            }
        } catch (NativeAccessException e) {
            useless = true;
            log.debug("Releases that close no file are noticed by polling only", e);
        }
    }
}
