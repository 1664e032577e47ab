package dev.filelock.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of documentation.
 *
 * @param file where it is
 * @param lines its text
 */
record Page(Path file, List<String> lines) {
    /** The root of the repository, from whichever module the tests run. */
    static final Path ROOT = root();

    private static final Pattern FENCE = Pattern.compile("^( *)```(\\w*)\\s*$");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} (.+?)\\s*$");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");

    /**
     * A fenced block.
     *
     * @param page where it is
     * @param line of its first line, from 1
     * @param language what stands behind the fence
     * @param text without the fences
     */
    record Snippet(Page page, int line, String language, String text) {
        @Override
        public String toString() {
            return page + ":" + line;
        }
    }

    /**
     * A link in the text.
     *
     * @param page where it is
     * @param line where it is, from 1
     * @param target as written
     */
    record Link(Page page, int line, String target) {
        @Override
        public String toString() {
            return page + ":" + line + " " + target;
        }
    }

    static List<Page> all() {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(
                            Stream.of("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
                                    .map(ROOT::resolve),
                            docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .map(Page::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Page named(String name) {
        return read(ROOT.resolve(name));
    }

    static Stream<Snippet> allSnippets(String... languages) {
        Set<String> wanted = Set.of(languages);
        return all().stream()
                .flatMap(page -> page.snippets().stream())
                .filter(snippet -> wanted.contains(snippet.language()));
    }

    static Page read(Path file) {
        try {
            return new Page(file, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text() {
        return String.join("\n", lines);
    }

    List<Snippet> snippets() {
        List<Snippet> snippets = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher fence = FENCE.matcher(lines.get(i));
            if (!fence.matches()) {
                continue;
            }
            int start = i + 1;
            do {
                i++;
                if (i == lines.size()) {
                    throw new AssertionError(this + ":" + start + ": the block is not closed");
                }
            } while (!lines.get(i).strip().equals("```"));
            String text = String.join("\n", lines.subList(start, i)).stripIndent();
            snippets.add(new Snippet(this, start + 1, fence.group(2), text));
        }
        return snippets;
    }

    List<Link> links() {
        List<Link> links = new ArrayList<>();
        forEachLineOfProse((number, line) -> {
            Matcher link = LINK.matcher(line.replaceAll("`[^`]*`", ""));
            while (link.find()) {
                links.add(new Link(this, number, link.group(1)));
            }
        });
        return links;
    }

    /** The names by which GitHub makes the headings reachable. */
    Set<String> anchors() {
        Set<String> anchors = new TreeSet<>();
        Map<String, Integer> seen = new HashMap<>();
        forEachLineOfProse((number, line) -> {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                String text = heading.group(1).replaceAll("\\[([^\\]]*)]\\([^)]*\\)", "$1");
                String anchor = text.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                        .replace(' ', '-');
                int before = seen.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(before == 0 ? anchor : anchor + "-" + before);
            }
        });
        return anchors;
    }

    private interface LineVisitor {
        void visit(int number, String line);
    }

    private void forEachLineOfProse(LineVisitor visitor) {
        boolean inBlock = false;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).strip().startsWith("```")) {
                inBlock = !inBlock;
            } else if (!inBlock) {
                visitor.visit(i + 1, lines.get(i));
            }
        }
    }

    private static Path root() {
        for (Path directory = Path.of("").toAbsolutePath(); directory != null; directory = directory.getParent()) {
            if (Files.exists(directory.resolve("README.md")) && Files.isDirectory(directory.resolve("docs"))) {
                return directory;
            }
        }
        throw new IllegalStateException(
                "no README.md beside docs/ above " + Path.of("").toAbsolutePath());
    }

    @Override
    public String toString() {
        return ROOT.relativize(file).toString();
    }
}
