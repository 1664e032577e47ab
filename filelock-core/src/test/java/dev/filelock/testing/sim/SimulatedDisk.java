package dev.filelock.testing.sim;

import dev.filelock.os.FileStatus;
import dev.filelock.os.OsError;
import dev.filelock.os.OsException;
import dev.filelock.os.OsFiles;
import dev.filelock.protocol.FileIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk with directories, hard links and the promises of POSIX, no more: a listing shows what was there from its beginning to its
 * end, and may or may not show what came or went meanwhile; a write may be seen half done.
 *
 * <p>On demand it is worse: listings as they were a while ago, and calls that fail before or after they took effect.
 */
public final class SimulatedDisk {
    private static final int SNAPSHOTS = 8;

    private final Simulation simulation;
    private final Node root;
    private final List<Handle> open = new ArrayList<>();
    private long lastInode = 1;
    private double stale;
    private double failing;

    SimulatedDisk(Simulation simulation) {
        this.simulation = simulation;
        this.root = new Node(FileStatus.Type.DIRECTORY, 0755, lastInode);
    }

    /** A file or directory. */
    private final class Node {
        final FileStatus.Type type;
        final long inode;
        final Map<String, Entry> entries = new TreeMap<>();
        final Deque<Map<String, Entry>> before = new ArrayDeque<>();
        int permissions;
        long links;
        byte[] content = {};
        Instant modified = simulation.now();

        @Nullable Handle locked;

        Node(FileStatus.Type type, int permissions, long inode) {
            this.type = type;
            this.permissions = permissions;
            this.inode = inode;
        }

        FileStatus status() {
            return new FileStatus(new FileIdentity(1, inode), type, permissions, links, content.length, 1000, modified);
        }

        void put(String name, Node node) {
            remember();
            entries.put(name, new Entry(node));
            node.links++;
            modified = simulation.now();
        }

        void remove(String name) {
            remember();
            Entry entry = entries.remove(name);
            if (entry != null) {
                entry.node.links--;
            }
            modified = simulation.now();
        }

        private void remember() {
            if (before.size() == SNAPSHOTS) {
                before.removeFirst();
            }
            before.addLast(new LinkedHashMap<>(entries));
        }
    }

    /** A name of a node; another one of the same text, made later, is another entry. */
    private static final class Entry {
        final Node node;

        Entry(Node node) {
            this.node = node;
        }
    }

    // ---- the test's own view, which is no operation of any participant

    /** Makes a directory and those above it. */
    public void makeDirectories(Path path) {
        Node node = root;
        for (Path name : path) {
            Entry entry = node.entries.get(name.toString());
            if (entry == null) {
                entry = new Entry(new Node(FileStatus.Type.DIRECTORY, 0755, ++lastInode));
                node.entries.put(name.toString(), entry);
            }
            node = entry.node;
        }
    }

    /** The names in a directory, sorted; none if there is no directory. */
    public List<String> names(Path directory) {
        Node node = find(directory);
        return node == null ? List.of() : List.copyOf(node.entries.keySet());
    }

    /** The content of a file, or null. */
    public byte @Nullable [] content(Path file) {
        Node node = find(file);
        return node == null ? null : node.content.clone();
    }

    /** Lets listings be as they were up to some changes ago. No protocol that trusts in listings survives that. */
    public SimulatedDisk staleListings(double probability) {
        this.stale = probability;
        return this;
    }

    /** Lets links, unlinks and writes fail with an input or output error: half of them before, half of them after they took effect. */
    public SimulatedDisk failing(double probability) {
        this.failing = probability;
        return this;
    }

    // ---- the participants' view

    OsFiles files(SimulatedProcess process) {
        return new Files(process);
    }

    void closeAll(SimulatedProcess process) {
        for (Handle handle : List.copyOf(open)) {
            if (handle.process == process) {
                handle.close();
            }
        }
    }

    private @Nullable Node find(Path path) {
        Node node = root;
        for (Path name : path) {
            Entry entry = node.entries.get(name.toString());
            if (entry == null) {
                return null;
            }
            node = entry.node;
        }
        return node;
    }

    private static OsException failure(OsError error, String call, Path path) {
        return new OsException(error, call + "(" + path + ") failed: " + error);
    }

    private interface Effect {
        void happen() throws OsException;
    }

    private void perform(String call, Path path, Effect effect) throws OsException {
        if (failing > 0 && simulation.random().nextDouble() < failing) {
            if (simulation.random().nextBoolean()) {
                effect.happen();
            }
            throw failure(OsError.INPUT_OUTPUT, call, path);
        }
        effect.happen();
    }

    private final class Files implements OsFiles {
        private final SimulatedProcess process;

        Files(SimulatedProcess process) {
            this.process = process;
        }

        private Node parent(String call, Path path) throws OsException {
            Node parent = find(path.getParent());
            if (parent == null) {
                throw failure(OsError.NOT_FOUND, call, path);
            } else if (parent.type != FileStatus.Type.DIRECTORY) {
                throw failure(OsError.NOT_DIRECTORY, call, path);
            }
            return parent;
        }

        @Override
        public Descriptor open(Path path, Set<Open> how, int permissions) throws IOException {
            process.step((how.contains(Open.CREATE) ? "create " : "open ") + path.getFileName());
            Node parent = parent("open", path);
            Entry entry = parent.entries.get(path.getFileName().toString());
            Node node = entry == null ? null : entry.node;
            if (node == null && how.contains(Open.CREATE)) {
                node = new Node(FileStatus.Type.REGULAR, permissions, ++lastInode);
                parent.put(path.getFileName().toString(), node);
            } else if (node == null) {
                throw failure(OsError.NOT_FOUND, "open", path);
            } else if (how.contains(Open.EXCLUSIVE)) {
                throw failure(OsError.EXISTS, "open", path);
            } else if (node.type == FileStatus.Type.DIRECTORY && how.contains(Open.WRITE)) {
                throw failure(OsError.IS_DIRECTORY, "open", path);
            } else if (node.type != FileStatus.Type.DIRECTORY && how.contains(Open.DIRECTORY)) {
                throw failure(OsError.NOT_DIRECTORY, "open", path);
            }
            Handle handle = new Handle(process, path, node);
            open.add(handle);
            return handle;
        }

        @Override
        public @Nullable FileStatus lstat(Path path) {
            process.step("lstat " + path.getFileName());
            Node node = find(path);
            return node == null ? null : node.status();
        }

        @Override
        public @Nullable FileStatus stat(Path path) {
            return lstat(path); // there are no symbolic links here
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            process.step("rename " + from.getFileName() + " to " + to.getFileName());
            Node source = parent("rename", from);
            Node target = parent("rename", to);
            Entry entry = source.entries.get(from.getFileName().toString());
            if (entry == null) {
                throw failure(OsError.NOT_FOUND, "rename", from);
            }
            perform("rename", from, () -> {
                target.remove(to.getFileName().toString());
                target.put(to.getFileName().toString(), entry.node);
                source.remove(from.getFileName().toString());
            });
        }

        @Override
        public void link(Path existing, Path name) throws IOException {
            process.step("link " + existing.getFileName() + " as " + name.getFileName());
            Node node = find(existing);
            if (node == null) {
                throw failure(OsError.NOT_FOUND, "link", existing);
            }
            Node parent = parent("link", name);
            if (parent.entries.containsKey(name.getFileName().toString())) {
                throw failure(OsError.EXISTS, "link", name);
            }
            perform("link", name, () -> parent.put(name.getFileName().toString(), node));
        }

        @Override
        public boolean unlink(Path path) throws IOException {
            process.step("unlink " + path.getFileName());
            Node parent = parent("unlink", path);
            Entry entry = parent.entries.get(path.getFileName().toString());
            if (entry == null) {
                return false;
            } else if (entry.node.type == FileStatus.Type.DIRECTORY) {
                throw failure(OsError.IS_DIRECTORY, "unlink", path);
            }
            perform("unlink", path, () -> parent.remove(path.getFileName().toString()));
            return true;
        }

        @Override
        public void makeDirectory(Path path, int permissions) throws IOException {
            process.step("mkdir " + path.getFileName());
            Node parent = parent("mkdir", path);
            if (parent.entries.containsKey(path.getFileName().toString())) {
                throw failure(OsError.EXISTS, "mkdir", path);
            }
            parent.put(path.getFileName().toString(), new Node(FileStatus.Type.DIRECTORY, permissions, ++lastInode));
        }

        @Override
        public List<String> list(Path directory) throws IOException {
            process.step("list " + directory.getFileName());
            Map<String, Entry> first = entries(directory);
            Map<String, Entry> last = first;
            if (stale > 0 && simulation.random().nextDouble() < stale) {
                Deque<Map<String, Entry>> past = directory(directory).before;
                last = past.stream()
                        .skip(past.isEmpty() ? 0 : simulation.choose(past.size()))
                        .findFirst()
                        .orElse(first);
                first = last;
            } else {
                process.step("list " + directory.getFileName() + " to its end");
                last = entries(directory);
            }
            List<String> names = new ArrayList<>();
            Map<String, Entry> either = new TreeMap<>(first);
            either.putAll(last);
            for (Map.Entry<String, Entry> each : either.entrySet()) {
                boolean throughout = first.get(each.getKey()) == each.getValue();
                throughout &= last.get(each.getKey()) == each.getValue();
                if (throughout || simulation.random().nextBoolean()) {
                    names.add(each.getKey());
                }
            }
            return names;
        }

        private Map<String, Entry> entries(Path directory) throws OsException {
            return new TreeMap<>(directory(directory).entries);
        }

        private Node directory(Path directory) throws OsException {
            Node node = find(directory);
            if (node == null) {
                throw failure(OsError.NOT_FOUND, "list", directory);
            } else if (node.type != FileStatus.Type.DIRECTORY) {
                throw failure(OsError.NOT_DIRECTORY, "list", directory);
            }
            return node;
        }

        @Override
        public boolean writable(Path path) {
            return true;
        }
    }

    private final class Handle implements OsFiles.Descriptor {
        private final SimulatedProcess process;
        private final Path path;
        private final Node node;
        private int position;

        Handle(SimulatedProcess process, Path path, Node node) {
            this.process = process;
            this.path = path;
            this.node = node;
        }

        @Override
        public FileStatus status() {
            process.step("fstat " + path.getFileName());
            return node.status();
        }

        @Override
        public byte[] read(int limit) {
            process.step("read " + path.getFileName());
            return Arrays.copyOf(node.content, Math.min(limit, node.content.length));
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            process.step("write " + path.getFileName());
            append(Arrays.copyOf(bytes, bytes.length / 2));
            process.step("write the rest of " + path.getFileName());
            perform("write", path, () -> append(Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length)));
        }

        private void append(byte[] bytes) {
            byte[] content = Arrays.copyOf(node.content, Math.max(node.content.length, position + bytes.length));
            System.arraycopy(bytes, 0, content, position, bytes.length);
            position += bytes.length;
            node.content = content;
            node.modified = simulation.now();
        }

        @Override
        public boolean tryLockExclusive() {
            process.step("flock " + path.getFileName());
            if (node.locked == null) {
                node.locked = this;
            }
            return node.locked == this;
        }

        @Override
        public void unlock() {
            process.step("unlock " + path.getFileName());
            drop();
        }

        private void drop() {
            if (node.locked == this) {
                node.locked = null;
            }
        }

        @Override
        public void changePermissions(int permissions) {
            process.step("fchmod " + path.getFileName());
            node.permissions = permissions;
        }

        @Override
        public void touch() {
            process.step("touch " + path.getFileName());
            node.modified = simulation.now();
        }

        @Override
        public byte @Nullable [] attribute(String name) {
            return null;
        }

        @Override
        public boolean setAttribute(String name, byte[] value) {
            return false;
        }

        @Override
        public void close() {
            drop();
            open.remove(this);
        }
    }
}
