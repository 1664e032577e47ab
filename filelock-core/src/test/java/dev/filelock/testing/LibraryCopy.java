package dev.filelock.testing;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;

/** The library, and all that it uses, once more: loaded by a class loader of its own, as an application in a container loads it. */
public final class LibraryCopy implements AutoCloseable {
    private final URLClassLoader loader;

    private LibraryCopy(URLClassLoader loader) {
        this.loader = loader;
    }

    public static LibraryCopy load() {
        URL[] classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(LibraryCopy::url)
                .toArray(URL[]::new);
        return new LibraryCopy(new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader()));
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(entry, e);
        }
    }

    public ClassLoader loader() {
        return loader;
    }

    /**
     * Makes one of this copy's who does as it is told by a word, the only thing that both sides know.
     *
     * @param user public, with a public constructor of one string
     */
    @SuppressWarnings("unchecked")
    public Predicate<String> user(Class<? extends Predicate<String>> user, Path path) {
        try {
            return (Predicate<String>) loader.loadClass(user.getName())
                    .getConstructor(String.class)
                    .newInstance(path.toString());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing more can be loaded then. */
    @Override
    public void close() throws IOException {
        loader.close();
    }
}
