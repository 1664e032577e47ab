package dev.filelock.protocol.generation;

import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.os.OsFiles.Descriptor;
import dev.filelock.os.OsFiles.Open;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The directory of the participants' records, one file each, named by its token. */
final class Holders {
    private static final int OWNER_ONLY = 0600;
    private static final Set<Open> NEW = Set.of(Open.WRITE, Open.CREATE, Open.EXCLUSIVE);
    private static final Set<Open> PRESENT = Set.of(Open.WRITE);
    private static final Set<Open> TO_LOOK = Set.of(Open.READ, Open.NON_BLOCKING);

    private final Path directory;
    private final OsFiles files;

    Holders(Path directory, OsFiles files) {
        this.directory = directory;
        this.files = files;
    }

    Path directory() {
        return directory;
    }

    void create(HolderRecord record) throws IOException {
        write(record, NEW);
    }

    /** Writes over a record, neither creating nor truncating it; false if it is missing. */
    boolean rewrite(HolderRecord record) throws IOException {
        try {
            write(record, PRESENT);
            return true;
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private void write(HolderRecord record, Set<Open> how) throws IOException {
        try (Descriptor file = files.open(directory.resolve(record.token()), how, OWNER_ONLY)) {
            file.write(record.toBytes());
        }
    }

    /** The bytes of a record; null if it is missing. */
    byte @Nullable [] read(String token) throws IOException {
        return read(files, directory.resolve(token), HolderRecord.MAX_BYTES);
    }

    boolean has(String token) throws IOException {
        return files.lstat(directory.resolve(token)) != null;
    }

    boolean remove(String token) throws IOException {
        return files.unlink(directory.resolve(token));
    }

    /** The tokens of all records; none if there is no such directory. */
    List<String> tokens() throws IOException {
        return list(files, directory).stream().filter(Tokens::isToken).toList();
    }

    static List<String> list(OsFiles files, Path directory) throws IOException {
        try {
            return files.list(directory);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND) {
                return List.of();
            }
            throw e;
        }
    }

    /** The first bytes of a file; null if it is missing. */
    static byte @Nullable [] read(OsFiles files, Path path, int limit) throws IOException {
        try (Descriptor file = files.open(path, TO_LOOK, 0)) {
            return file.read(limit);
        } catch (OsException e) {
            if (e.error() == OsError.NOT_FOUND || e.error() == OsError.STALE) {
                return null;
            }
            throw e;
        }
    }
}
