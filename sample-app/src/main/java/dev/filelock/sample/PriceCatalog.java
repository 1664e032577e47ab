package dev.filelock.sample;

import dev.filelock.LockMode;
import dev.filelock.spring.FileLocked;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Prices in one file that many read and one rewrites.
 *
 * <p>{@code READ} holders share the lock, a {@code WRITE} holder has it alone; {@code catalog.db} is the lock file, the one
 * that Python's {@code filelock.ReadWriteLock} takes. The lock keeps two writers from losing a price, but no lock outlives a
 * {@code kill -9}: a writer that dies in the middle lets the next one in. So a change is written beside the file and moved into
 * its place whole.
 */
@Service
class PriceCatalog {
    /**
     * The file's content.
     *
     * @param revision one more for each change, so that a lost change shows
     */
    record Prices(long revision, SortedMap<String, BigDecimal> prices) {}

    private final Path file;

    /** In the same directory, since only there a move is one step. Always the same name, since the lock admits one writer. */
    private final Path next;

    private final JsonMapper json;

    PriceCatalog(SampleProperties properties, JsonMapper json) {
        this.file = properties.data().resolve("catalog.json");
        this.next = file.resolveSibling("catalog.json.next");
        this.json = json;
    }

    @FileLocked(path = "catalog", mode = LockMode.READ)
    Prices read() throws IOException {
        return load();
    }

    @FileLocked(path = "catalog", mode = LockMode.WRITE)
    Prices change(String item, BigDecimal price) throws IOException {
        Prices old = load();
        SortedMap<String, BigDecimal> prices = new TreeMap<>(old.prices());
        prices.put(item, price);
        Prices changed = new Prices(old.revision() + 1, prices);
        replace(json.writeValueAsString(changed));
        return changed;
    }

    /** The file is the old one or the new one at any moment, whatever ends this process; a rest of {@code next} is no loss. */
    private void replace(String content) throws IOException {
        Files.writeString(
                next,
                content,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.DSYNC); // on the disk before it counts, should the power fail
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Not {@code read()}: a call inside the bean goes past the proxy, and a writer can't become a reader anyway. */
    private Prices load() throws IOException {
        return Files.exists(file)
                ? json.readValue(Files.readString(file), Prices.class)
                : new Prices(0, new TreeMap<>());
    }
}
