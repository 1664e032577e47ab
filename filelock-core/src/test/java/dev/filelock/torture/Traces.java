package dev.filelock.torture;

import dev.filelock.testing.FilesBelow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is left of locks that nobody holds: in the processes, as /proc shows them, and on disk. It should be nothing but the files
 * that stay by design, and what killed processes left.
 */
final class Traces {

    /** The kernel's name of a thread is cut at 15 bytes, by newer JDKs in its middle. */
    private static final Pattern OURS = Pattern.compile("filelo.*");

    private static final Pattern CLEANER = Pattern.compile("filelock-clean.*|filelo.*ner.*");

    /** What the kernel says of a file that has no name any more. */
    private static final String GONE = " (deleted)";

    /** What the kernel answers to who reads about a thread that ended after the file was opened: ESRCH. */
    private static final String ENDED_MEANWHILE = "No such process";

    /** A marker begins with its owner's process id, or has it in a line of its own. */
    private static final Pattern OWNER = Pattern.compile("\\A(?:filelock/2\npid=)?(\\d{1,18})\n");

    private final Path locks;
    private final Set<Long> living;
    private final Set<Long> killed;

    Traces(Path locks, Set<Long> living, Set<Long> killed) {
        this.locks = locks;
        this.living = living;
        this.killed = killed;
    }

    List<String> of(Contestant contestant) throws IOException {
        List<String> found = new ArrayList<>();
        String said = contestant.ask();
        if (!said.equals("0 held, 0 waiting")) {
            found.add(said);
        }
        Path proc = Path.of("/proc", Long.toString(contestant.pid()));
        for (Path descriptor : list(proc.resolve("fd"))) {
            String target = target(descriptor).replace(GONE, "");
            if (target.contains("inotify")) {
                found.add("an inotify descriptor");
            } else if (isOfLocks(Path.of(target))) {
                found.add("descriptor of " + target);
            }
        }
        for (Path task : list(proc.resolve("task"))) {
            String name = text(task.resolve("comm")).strip();
            if (OURS.matcher(name).matches() && !CLEANER.matcher(name).matches()) {
                found.add("thread " + name);
            }
        }
        return found.stream()
                .map(trace -> contestant.name() + " still has " + trace)
                .toList();
    }

    /**
     * Of a disk that was mounted here, or of a view of it that was unmounted while somebody used it: there the kernel no longer knows
     * where that was, and a path begins at the disk's root.
     */
    boolean isOfLocks(Path file) {
        return Stream.of(locks, Tampering.aside(locks))
                .anyMatch(place ->
                        file.startsWith(place) || file.startsWith(Path.of("/").resolve(place.getFileName())));
    }

    /** On disk, once nobody contends any more. */
    List<String> onDisk() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : FilesBelow.list(locks)) {
            if (!stays(file) && !leftByKilled(file) && !isMarkerSetAside(file)) {
                found.add("LEFT ON DISK " + locks.relativize(file) + ": " + text(file));
            }
        }
        return found;
    }

    private boolean stays(Path file) {
        String name = locks.relativize(file).toString();
        return switch (name) {
            case "native.lock", "sqlite.db" -> text(file).isEmpty();
            case "strict.lock" -> true;
            default ->
                name.startsWith("generation.lock.rw/gen/")
                        && !file.getFileName().toString().startsWith(".");
        };
    }

    /** Its name or its content has the id of a process that was killed, or it never came to have content. */
    private boolean leftByKilled(Path file) {
        String told = file.getFileName() + "\n" + text(file);
        return killed.stream()
                        .anyMatch(pid -> Pattern.compile("\\b" + pid + "\\b")
                                .matcher(told)
                                .find())
                || (!killed.isEmpty() && file.getFileName().toString().startsWith(".commit-"));
    }

    /**
     * Before a marker is removed as stale it gets such a name. One that turns out to have been refreshed meanwhile is left there, since
     * it is its owner's; it excludes nobody.
     */
    private boolean isMarkerSetAside(Path file) {
        Matcher owner = OWNER.matcher(file.getFileName().toString().contains(".break.") ? text(file) : "");
        if (!owner.find()) {
            return false;
        }
        Long pid = Long.valueOf(owner.group(1));
        return living.contains(pid) || killed.contains(pid);
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static String target(Path link) throws IOException {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains(ENDED_MEANWHILE)) {
                return "";
            }
            throw new UncheckedIOException(e);
        }
    }
}
