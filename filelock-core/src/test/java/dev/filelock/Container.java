package dev.filelock;

import dev.filelock.testing.LibraryCopy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A JVM in which applications come and go. */
final class Container {
    private static final long UNTIL_COLLECTED = TimeUnit.SECONDS.toNanos(20);

    private final Path directory;

    private Container(Path directory) {
        this.directory = directory;
    }

    /** Obeys the words that it reads, until there are no more. */
    public static void main(String[] arguments) throws Exception {
        Container container = new Container(Path.of(arguments[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String word = in.readLine(); word != null; word = in.readLine()) {
            System.out.println(container.obey(word));
        }
    }

    private String obey(String word) throws Exception {
        return switch (word) {
            case "drop an application that shares the library" -> {
                WeakReference<ClassLoader> dropped = dropOneThatShares();
                yield awaitCollected(dropped) ? "collected" : "kept";
            }
            case "drop an application with a copy" -> {
                dropOneWithCopy();
                yield "dropped";
            }
            case "look for traces" -> traces().toString();
            default -> throw new IllegalArgumentException(word);
        };
    }

    private WeakReference<ClassLoader> dropOneThatShares() throws ReflectiveOperationException {
        Sharing loader = new Sharing();
        Object application = loader.loadClass(Deployed.class.getName())
                .getConstructor(String.class)
                .newInstance(directory.toString());
        Thread.currentThread().setContextClassLoader(loader);
        tell(application, "use");
        Thread.currentThread().setContextClassLoader(Container.class.getClassLoader());
        return new WeakReference<>(loader);
    }

    private void dropOneWithCopy() throws IOException {
        try (LibraryCopy copy = LibraryCopy.load()) {
            Predicate<String> application = copy.user(Deployed.class, directory);
            tell(application, "use");
            tell(application, "leave");
        }
    }

    @SuppressWarnings("unchecked")
    private static void tell(Object application, String word) {
        for (LockBackend backend : LockBackend.values()) {
            ((Predicate<String>) application).test(word + " " + backend);
        }
    }

    private static boolean awaitCollected(WeakReference<ClassLoader> dropped) throws InterruptedException {
        long begun = System.nanoTime();
        while (!dropped.refersTo(null) && System.nanoTime() - begun < UNTIL_COLLECTED) {
            System.gc();
            Thread.sleep(20);
        }
        return dropped.refersTo(null);
    }

    /** Descriptors of lock files and of inotify, and threads of the library but for the one that looks for dropped holds. */
    private List<String> traces() throws IOException {
        System.gc();
        List<String> found = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptors
                    .map(Container::target)
                    .filter(target -> target.startsWith(directory.toString()) || target.contains("inotify"))
                    .forEach(found::add);
        }
        Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("filelock-") && !name.equals("filelock-cleaner"))
                .forEach(found::add);
        return found;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed by now
        }
    }

    /** The class loader of an application whose container has the library. */
    private static final class Sharing extends ClassLoader {
        private static final String OWN = Deployed.class.getName();

        Sharing() {
            super(Container.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            return name.equals(OWN) ? own() : super.loadClass(name, resolve);
        }

        private Class<?> own() {
            try (InputStream in = Objects.requireNonNull(
                    Container.class.getResourceAsStream(Deployed.class.getSimpleName() + ".class"))) {
                byte[] bytes = in.readAllBytes();
                return defineClass(OWN, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
