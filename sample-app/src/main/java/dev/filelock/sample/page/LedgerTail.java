package dev.filelock.sample.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Follows a file of lines as it grows, and takes no lock: a finished line never changes, and one that is still being written is
 * left for the next call.
 */
final class LedgerTail {
    /**
     * What is new.
     *
     * @param fromStart whether the file is another one than before, so that what was read before no longer counts
     * @param lines the lines that were finished since
     */
    record News(boolean fromStart, List<String> lines) {
        static final News NONE = new News(false, List.of());
    }

    private final Path file;
    private @Nullable Object key;
    private long position;

    LedgerTail(Path file) {
        this.file = file;
    }

    News read() throws IOException {
        BasicFileAttributes found;
        try {
            found = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            boolean gone = position > 0;
            position = 0;
            return gone ? new News(true, List.of()) : News.NONE;
        }
        boolean another = found.size() < position || position > 0 && !Objects.equals(found.fileKey(), key);
        if (another) {
            position = 0;
        }
        key = found.fileKey();
        if (found.size() == position) {
            return another ? new News(true, List.of()) : News.NONE;
        }
        byte[] bytes = bytes(Math.toIntExact(found.size() - position));
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        position += end;
        return new News(
                another,
                new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList());
    }

    private byte[] bytes(int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        try (FileChannel channel = FileChannel.open(file)) {
            channel.position(position);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until it is full, or somebody truncated the file
            }
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }
}
