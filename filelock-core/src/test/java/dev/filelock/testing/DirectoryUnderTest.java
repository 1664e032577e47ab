package dev.filelock.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** Makes the tests' temporary directories in the one that {@value #PROPERTY} names, to try its file system; else in the usual one. */
public final class DirectoryUnderTest implements TempDirFactory {
    /** System property: a directory. */
    public static final String PROPERTY = "filelock.test.directory";

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test) throws IOException {
        String directory = System.getProperty(PROPERTY, "");
        return directory.isBlank()
                ? Files.createTempDirectory("junit-")
                : Files.createTempDirectory(Path.of(directory).toRealPath(), "junit-");
    }
}
