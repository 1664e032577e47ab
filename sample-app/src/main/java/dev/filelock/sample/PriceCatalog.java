package dev.filelock.sample;

import dev.filelock.LockMode;
import dev.filelock.spring.FileLocked;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Prices in one file that many read and one rewrites.
 *
 * <p>{@code READ} holders share the lock, a {@code WRITE} holder has it alone; {@code catalog.db} is the lock file, the one
 * that Python's {@code filelock.ReadWriteLock} takes. The file is rewritten in place: without the lock a reader could see
 * half of it, and two writers would lose a price.
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
    private final JsonMapper json;

    PriceCatalog(SampleProperties properties, JsonMapper json) {
        this.file = properties.data().resolve("catalog.json");
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
        Files.writeString(file, json.writeValueAsString(changed));
        return changed;
    }

    /** Not {@code read()}: a call inside the bean goes past the proxy, and a writer can't become a reader anyway. */
    private Prices load() throws IOException {
        return Files.exists(file)
                ? json.readValue(Files.readString(file), Prices.class)
                : new Prices(0, new TreeMap<>());
    }
}
