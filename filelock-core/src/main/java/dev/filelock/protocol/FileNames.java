package dev.filelock.protocol;

import java.net.URI;
import java.nio.file.Path;

/**
 * Names of files by their bytes. A listing may have names that are no text in the encoding of file names (any but those of ASCII, in a
 * process without a locale), and those of one length all read alike.
 */
public final class FileNames {
    /** What stands for bytes that are no text. */
    private static final char NO_TEXT = '\uFFFD';

    private FileNames() {}

    /** A text that no file of another name in the same directory has: the name itself, where it is text. */
    public static String unique(Path path) {
        String name = path.getFileName().toString();
        return isText(name) ? name : '/' + escaped(path); // which no name has, so none is taken for an escaped one
    }

    /**
     * The path beside another, by a name that is that one's with something around it.
     *
     * @param before of ASCII
     * @param after of ASCII
     */
    public static Path sibling(String before, Path path, String after) {
        String name = path.getFileName().toString();
        return isText(name)
                ? path.resolveSibling(before + name + after)
                : path.resolveSibling(Path.of(URI.create("file:///" + before + escaped(path) + after))
                        .getFileName());
    }

    private static boolean isText(String name) {
        return name.indexOf(NO_TEXT) < 0;
    }

    /** The name as it is in a URI, which has its very bytes. */
    private static String escaped(Path path) {
        String uri = path.toUri().getRawPath();
        int end = uri.endsWith("/") ? uri.length() - 1 : uri.length(); // as that of a directory does
        return uri.substring(uri.lastIndexOf('/', end - 1) + 1, end);
    }
}
