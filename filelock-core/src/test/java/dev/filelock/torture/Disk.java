package dev.filelock.torture;

import dev.filelock.testing.ChildProcess;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A small file system of a round's own, which can be filled, and can't be written to for a while, without harm to anybody else. */
final class Disk implements Closeable {
    private static final String OPTIONS = "size=4m,nr_inodes=1000,mode=755";

    /** A system that ends this process in the middle must not keep the disk. */
    private final Thread unmounting = new Thread(this::unmountAll, "unmounting");

    private final Path root;

    /** The same disk in another place, where nothing can be written. */
    private final Path view;

    /** Where something is mounted, the last first. */
    private final Deque<Path> mounted = new ArrayDeque<>();

    private boolean closed;

    private Disk(Path root, Path view) {
        this.root = root;
        this.view = view;
    }

    /** Mounts a new one over an empty directory. */
    static Disk mount(Path root) throws IOException {
        Disk disk = new Disk(root, root.resolveSibling(root.getFileName() + ".view"));
        Runtime.getRuntime().addShutdownHook(disk.unmounting);
        try {
            disk.mountOver(root, "-t", "tmpfs", "-o", OPTIONS, "--make-private", "filelock-torture");
            return disk;
        } catch (AssertionError e) {
            disk.close();
            throw e;
        }
    }

    /** Takes all space, and what others give back meanwhile. */
    void fill(CountDownLatch mended) throws IOException, InterruptedException {
        byte[] page = new byte[4096];
        Path filler = root.resolve("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            takeAll(mended, count -> out.write(page));
        } finally {
            Files.delete(filler);
        }
    }

    /** Takes all inodes, and what others give back meanwhile: no file can be made. */
    void takeInodes(CountDownLatch mended) throws IOException, InterruptedException {
        Path many = Files.createDirectory(root.resolve("inodes"));
        try {
            takeAll(mended, count -> Files.createFile(many.resolve(Integer.toString(count))));
        } finally {
            Torture.remove(many);
        }
    }

    private interface Taking {
        void takeOne(int count) throws IOException;
    }

    private static void takeAll(CountDownLatch mended, Taking taking) throws IOException, InterruptedException {
        boolean over = false;
        for (int taken = 0; !over; ) {
            try {
                taking.takeOne(taken++);
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains("No space left on device")) {
                    throw e;
                }
                over = mended.await(1, TimeUnit.MILLISECONDS);
            }
        }
    }

    /**
     * Covers the disk by a view of itself that can't be written to. The disk itself can't be remounted so, since the kernel refuses
     * that as long as anybody has a file open for writing; such files stay writable.
     */
    void forbidWriting(CountDownLatch mended) throws IOException, InterruptedException {
        Files.createDirectory(view);
        mountOver(view, "--bind", root.toString());
        try {
            run("mount", "-o", "remount,bind,ro", view.toString()); // before anybody uses it
            mountOver(root, "--bind", view.toString());
            try {
                mended.await();
            } finally {
                unmountLast();
            }
        } finally {
            unmountLast();
            Files.delete(view);
        }
    }

    private synchronized void mountOver(Path place, String... what) {
        if (closed) {
            throw new IllegalStateException("this process ends");
        }
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(what));
        command.add(place.toString());
        run(command.toArray(String[]::new));
        mounted.push(place);
    }

    private synchronized void unmountLast() {
        if (!mounted.isEmpty()) {
            run("umount", "--lazy", mounted.pop().toString());
        }
    }

    private static void run(String... command) {
        ChildProcess.start(command).expectSuccess();
    }

    private synchronized void unmountAll() {
        closed = true;
        while (!mounted.isEmpty()) {
            unmountLast();
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(unmounting);
        unmountAll();
    }
}
