package dev.filelock.protocol.marker;

import static dev.filelock.os.FileStatus.Type.REGULAR;

import dev.filelock.os.FileStatus;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import dev.filelock.os.Time;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A regular file that stands where the marker goes, as it was when we looked. */
record FoundMarker(FileStatus status, byte[] bytes, Content content) {

    /** Long enough for any peer to get from creating its marker to having written it. */
    static final Duration GRACE = Duration.ofSeconds(2);

    static final Set<Open> TO_LOOK = Set.of(Open.READ, Open.NON_BLOCKING);

    /**
     * Reads what {@code lstat} saw.
     *
     * @return null if it is gone, or something else has taken its place
     */
    static @Nullable FoundMarker read(OsFiles files, Path path, FileStatus seen) throws IOException {
        try (Descriptor file = files.open(path, TO_LOOK, 0)) {
            FileStatus status = file.status();
            if (status.type() != REGULAR || !status.identity().equals(seen.identity())) {
                return null;
            }
            byte[] bytes = file.read(Content.MAX_BYTES + 1);
            Content content = Content.of(bytes);
            if (content instanceof Protocol1Record record) {
                byte[] namespace = file.attribute(HeldMarker.PID_NAMESPACE);
                content = record.inPidNamespace(
                        namespace == null ? null : new String(namespace, StandardCharsets.ISO_8859_1));
            }
            return new FoundMarker(status, bytes, content);
        } catch (OsException e) {
            return switch (e.error()) {
                case NOT_FOUND, STALE, SYMBOLIC_LINK, NO_DEVICE -> null;
                case ACCESS_DENIED -> new FoundMarker(seen, new byte[0], new Content.Unreadable());
                default -> throw e;
            };
        }
    }

    /** Names this file with this content, and no other before or after it, however often it is touched. */
    String id() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(status.identity().device())
                    .putLong(status.identity().inode())
                    .flip());
            return HexFormat.of().formatHex(digest.digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Whether an open file is still exactly this one, unchanged. */
    boolean isStill(Descriptor file) throws IOException {
        return file.status().equals(status) && Arrays.equals(file.read(Content.MAX_BYTES + 1), bytes);
    }

    /** Whether it is this one that a path names. */
    boolean isAt(@Nullable FileStatus there) {
        return there != null
                && there.identity().equals(status.identity())
                && there.modified().equals(status.modified());
    }

    /** The time since its last modification; negative for a file from the future. */
    Duration age(Time time) {
        return Duration.between(status.modified(), time.now());
    }

    /** Whether whoever wrote it must have finished; never true of a file from the future. */
    boolean isSettled(Time time) {
        return age(time).compareTo(GRACE) >= 0;
    }

    /** Whether the last line is complete, as it is in every marker that was written to its end. */
    boolean isComplete() {
        return bytes.length > 0 && bytes[bytes.length - 1] == '\n';
    }
}
