package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The tests by which {@code docs/behaviours.md} and {@code docs/reliability.md} prove what they say are there, and run. */
class BehavioursTest {
    private static final Page PAGE = Page.named("docs/behaviours.md");
    private static final Pattern ROW = Pattern.compile("\\| (.+) \\| ([^|]+) \\|");
    private static final Pattern NUMBER = Pattern.compile("\\| (\\d+) \\| .*");
    private static final Pattern TEST = Pattern.compile("`([\\w.]+)\\.(\\w+)`");

    @Test
    void everyBehaviourIsThereOnceAndInOrder() {
        List<Integer> numbers = PAGE.lines().stream()
                .map(NUMBER::matcher)
                .filter(Matcher::matches)
                .map(row -> Integer.valueOf(row.group(1)))
                .toList();
        assertThat(numbers).isEqualTo(IntStream.rangeClosed(1, 40).boxed().toList());
    }

    @TestFactory
    Stream<DynamicTest> everyRowNamesTestsThatRun() {
        return Stream.of(PAGE, Page.named("docs/reliability.md"))
                .flatMap(page -> rowsWithTests(page).stream())
                .map(row -> DynamicTest.dynamicTest(row.group(1), () -> {
                    List<String> tests = new ArrayList<>();
                    String rest = TEST.matcher(row.group(2)).replaceAll(found -> {
                        tests.add(found.group());
                        assertThatItRuns(found.group(1), found.group(2));
                        return "";
                    });
                    assertThat(tests).isNotEmpty();
                    assertThat(rest).as("what is no name of a test").isBlank();
                }));
    }

    /** Those of the tables whose last column is headed so. */
    private static List<MatchResult> rowsWithTests(Page page) {
        List<MatchResult> rows = new ArrayList<>();
        boolean wanted = false;
        for (String line : page.lines()) {
            Matcher row = ROW.matcher(line);
            if (!row.matches()) {
                wanted &= line.startsWith("|");
            } else if (row.group(2).equals("Tests")) {
                wanted = true;
            } else if (wanted) {
                rows.add(row.toMatchResult());
            }
        }
        assertThat(rows).as("rows of %s", page).isNotEmpty();
        return rows;
    }

    private static void assertThatItRuns(String type, String method) {
        List<String> lines = Page.read(source(type)).lines();
        int declaration = IntStream.range(0, lines.size())
                .filter(line -> lines.get(line).startsWith("    void " + method + "("))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + type + "." + method));
        int start = declaration;
        while (!lines.get(start - 1).isBlank()) {
            start--;
        }
        assertThat(String.join("\n", lines.subList(start, declaration)))
                .as("annotations of %s.%s", type, method)
                .containsPattern("@\\w*Test\\b")
                .doesNotContainPattern("@Disabled\\b");
    }

    private static Path source(String type) {
        String end = "/" + type.replace('.', '/') + ".java";
        List<Path> found = new ArrayList<>();
        for (String module : List.of("filelock-core", "filelock-spring-boot-starter")) {
            try (Stream<Path> sources = Files.walk(Page.ROOT.resolve(module).resolve("src/test/java"))) {
                sources.filter(file -> file.toUri().getPath().endsWith(end)).forEach(found::add);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        assertThat(found).as("classes called %s", type).hasSize(1);
        return found.get(0);
    }
}
