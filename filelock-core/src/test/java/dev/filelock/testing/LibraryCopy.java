package dev.filelock.testing;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;

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
     * Makes one of this copy's. Both sides know the types of the JDK only.
     *
     * @param user public, with a public constructor of one string
     */
    public <T> T user(Class<? extends T> user, Path path) {
        try {
            @SuppressWarnings("unchecked") // the same name, and what it implements is of the JDK
            T made = (T) loader.loadClass(user.getName())
                    .getConstructor(String.class)
                    .newInstance(path.toString());
            return made;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Nothing more can be loaded then. */
    @Override
    public void close() throws IOException {
        loader.close();
    }
}
