package dev.filelock.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** A file with one JSON object in each line. It knows nothing of locks: whoever appends holds one. */
final class JsonLines<T> {
    private final Path file;
    private final Class<T> type;
    private final JsonMapper json;

    JsonLines(Path file, Class<T> type, JsonMapper json) {
        this.file = file;
        this.type = type;
        this.json = json;
    }

    /** The whole file, empty if there is none. */
    String text() throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /** What the finished lines say: a line ends with its line feed, and what follows the last one is still being written. */
    List<T> read() throws IOException {
        String text = text();
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(line -> json.readValue(line, type))
                .toList();
    }

    void append(T value) throws IOException {
        String text = text();
        if (!text.isEmpty() && !text.endsWith("\n")) {
            throw new IllegalStateException(
                    file + " ends in the middle of a line. Nothing was written; mend its last line first");
        }
        Files.writeString(
                file, json.writeValueAsString(value) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
