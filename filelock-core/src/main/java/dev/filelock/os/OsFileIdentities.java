package dev.filelock.os;

import dev.filelock.protocol.FileIdentities;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file identities of the system this JVM runs on. One {@code stat} each; where native calls can't be made, the JDK's, which
 * tells the same numbers on Unix and takes several times as long.
 */
public final class OsFileIdentities {
    private static final FileIdentities SYSTEM = new System();

    private OsFileIdentities() {}

    /** The identities of this system. Nothing is loaded before the first question. */
    public static FileIdentities system() {
        return SYSTEM;
    }

    private static final class System implements FileIdentities {
        @Override
        public @Nullable FileIdentity following(Path path) throws IOException {
            return Best.IDENTITIES.following(path);
        }

        @Override
        public @Nullable FileIdentity notFollowing(Path path) throws IOException {
            return Best.IDENTITIES.notFollowing(path);
        }
    }

    private static final class Best {
        static final FileIdentities IDENTITIES = find();

        private static FileIdentities find() {
            if (Platforms.isWindows()) {
                return new WindowsIdentities();
            }
            try {
                return UnixFiles.linked();
            } catch (NativeAccessException e) {
                return new WithoutNativeAccess();
            }
        }
    }

    static final class WithoutNativeAccess implements FileIdentities {
        @Override
        public @Nullable FileIdentity following(Path path) throws IOException {
            return identity(path);
        }

        @Override
        public @Nullable FileIdentity notFollowing(Path path) throws IOException {
            return identity(path, LinkOption.NOFOLLOW_LINKS);
        }

        private static @Nullable FileIdentity identity(Path path, LinkOption... options) throws IOException {
            try {
                Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino", options);
                return new FileIdentity(number(attributes, "dev"), number(attributes, "ino"));
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        private static long number(Map<String, Object> attributes, String name) {
            return Long.parseLong(String.valueOf(attributes.get(name)));
        }
    }
}
