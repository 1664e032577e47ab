package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What README and docs show can be copied: it compiles, parses, and leads where it says. */
class DocumentationTest {
    private static final String RUN = "mvn -pl sample-app -am spring-boot:run";
    private static final String VERIFY = "mvn -B verify";

    @TestFactory
    Stream<DynamicTest> everyJavaSnippetCompiles(@TempDir Path classes) throws IOException {
        @SuppressWarnings("resource") // the tests run after this method has returned
        SnippetCompiler compiler = new SnippetCompiler(classes);
        return tests(Page.allSnippets("java"), compiler::compile).onClose(() -> close(compiler));
    }

    @TestFactory
    Stream<DynamicTest> everyKotlinSnippetIsCompiledWithTheTests() {
        String compiled = read("filelock-spring-boot-starter/src/test/kotlin/dev/filelock/docs/KotlinSnippets.kt");
        return tests(
                Page.allSnippets("kotlin"),
                snippet -> assertThat(compiled).contains(snippet.text().strip()));
    }

    @TestFactory
    Stream<DynamicTest> everyPythonSnippetCompiles() {
        return tests(Page.allSnippets("python"), snippet -> {
            Process python = new ProcessBuilder(
                            Peers.python(), "-c", "import sys; compile(sys.stdin.read(), 'snippet', 'exec')")
                    .redirectErrorStream(true)
                    .start();
            try (var stdin = python.outputWriter(StandardCharsets.UTF_8)) {
                stdin.write(snippet.text());
            }
            String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(python.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(python.exitValue()).as(said).isZero();
        });
    }

    @TestFactory
    Stream<DynamicTest> everyXmlSnippetIsWellFormedAndNamesThisVersion() {
        String version = element(parse(read("pom.xml")), "version");
        return tests(Page.allSnippets("xml"), snippet -> {
            Document xml = parse("<snippet>" + snippet.text() + "</snippet>");
            NodeList dependencies = xml.getElementsByTagName("dependency");
            for (int i = 0; i < dependencies.getLength(); i++) {
                if ("dev.filelock".equals(element(dependencies.item(i), "groupId"))) {
                    assertThat(element(dependencies.item(i), "version")).isEqualTo(version);
                    String module = element(dependencies.item(i), "artifactId");
                    assertThat(element(parse(read(module + "/pom.xml")), "artifactId"))
                            .isNotNull();
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> everyShellSnippetParses() {
        return tests(Page.allSnippets("sh"), snippet -> {
            Process shell =
                    new ProcessBuilder("sh", "-n").redirectErrorStream(true).start();
            try (var stdin = shell.outputWriter(StandardCharsets.UTF_8)) {
                stdin.write(snippet.text().replaceAll("<\\w+>", "placeholder") + "\n");
            }
            String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(shell.waitFor()).as(said).isZero();
        });
    }

    @TestFactory
    Stream<DynamicTest> everyLinkLeadsToAFileAndAHeading() {
        Stream<Page.Link> links = Page.all().stream().flatMap(page -> page.links().stream());
        return tests(links.filter(link -> !link.target().matches("https?://.*")), link -> {
            String[] parts = link.target().split("#", 2);
            Path target =
                    parts[0].isEmpty() ? link.page().file() : link.page().file().resolveSibling(parts[0]);
            assertThat(target).exists();
            if (parts.length == 2) {
                assertThat(Page.read(target).anchors()).contains(parts[1]);
            }
        });
    }

    /** The guide's table of misuse quotes messages, with an ellipsis for what differs. */
    @TestFactory
    Stream<DynamicTest> everyMessageTheSpringGuideQuotesIsInTheCode() throws IOException {
        String literals;
        try (Stream<Path> sources = Files.walk(Page.ROOT.resolve("filelock-spring-boot-starter/src/main/java"))) {
            literals = sources.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> Page.read(file).text())
                    .collect(Collectors.joining())
                    .replaceAll("\"\\s*\\+\\s*\"", "")
                    .replace("\\\"", "\"");
        }
        Page guide = Page.named("docs/spring-guide.md");
        int table = guide.lines().indexOf("| What is annotated | What the error says |");
        Stream<String> messages = guide.lines().stream()
                .skip(table + 2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.replaceAll("^.* \\| `(.*)` \\|$", "$1"));
        return messages.map(message -> DynamicTest.dynamicTest(
                message,
                () -> assertThat(message.split("…"))
                        .allSatisfy(part -> assertThat(literals.contains(part))
                                .as("'%s' is in the code", part)
                                .isTrue())));
    }

    @Test
    void everyPageIsReachableFromTheReadme() {
        List<Path> reachable = new ArrayList<>(List.of(Page.named("README.md").file()));
        for (int i = 0; i < reachable.size(); i++) {
            Path from = reachable.get(i);
            if (!from.toString().endsWith(".md")) {
                continue;
            }
            for (Page.Link link : Page.read(from).links()) {
                String file = link.target().split("#", 2)[0];
                if (!file.isEmpty() && !file.contains(":")) {
                    Path target = from.resolveSibling(file).normalize();
                    if (!reachable.contains(target)) {
                        reachable.add(target);
                    }
                }
            }
        }
        assertThat(reachable).containsAll(Page.all().stream().map(Page::file).toList());
    }

    @Test
    void theReadmesTwoCommandsAreTheOnesThatWork() {
        assertThat(shellLines(Page.named("README.md"))).contains(RUN, VERIFY);

        assertThat(element(parse(read("sample-app/pom.xml")), "spring-boot.run.skip"))
                .as("the sample is what spring-boot:run runs")
                .isEqualTo("false");
        assertThat(element(parse(read("pom.xml")), "spring-boot.run.skip"))
                .as("and nothing else")
                .isEqualTo("true");
        assertThat(read(".ci/run"))
                .as(".ci/run runs the README's test command")
                .containsPattern("run_tests \\S+ " + VERIFY + "\\b");
        assertThat(read("CONTRIBUTING.md")).contains(VERIFY);
    }

    @Test
    void everyMavenCommandNamesModulesThereAre() {
        Matcher module = Pattern.compile("mvn\\b[^`\\n]*?-pl ([\\w,-]+)").matcher(allText());
        int found = 0;
        while (module.find()) {
            for (String each : module.group(1).split(",")) {
                assertThat(Page.ROOT.resolve(each).resolve("pom.xml")).exists();
                found++;
            }
        }
        assertThat(found).isPositive();
    }

    @Test
    void noPageNamesAMachineOrAPlaceholder() {
        assertThat(allText())
                .doesNotContainPattern("/home/\\w|/roo[t]/|/Users/\\w|localhost:808[1-9]\\d|TODO|FIXME|XXX");
    }

    private static String allText() {
        return Page.all().stream().map(Page::text).reduce("", (a, b) -> a + "\n" + b);
    }

    private static List<String> shellLines(Page page) {
        return page.snippets().stream()
                .filter(snippet -> snippet.language().equals("sh"))
                .flatMap(snippet -> snippet.text().lines())
                .toList();
    }

    private static String read(String file) {
        try {
            return Files.readString(Page.ROOT.resolve(file));
        } catch (IOException e) {
            return fail(file, e);
        }
    }

    private static Document parse(String xml) {
        try {
            return DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(xml)));
        } catch (Exception e) {
            return fail(xml, e);
        }
    }

    /** The text of the first child, or grandchild, of that name; null if there is none. */
    private static String element(Node parent, String name) {
        Node from = parent instanceof Document document ? document.getDocumentElement() : parent;
        for (Node child = from.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child.getNodeName().equals(name)) {
                return child.getTextContent().strip();
            }
        }
        for (Node child = from.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (Arrays.asList("properties", "dependencies").contains(child.getNodeName())) {
                return element(child, name);
            }
        }
        return null;
    }

    private static void close(SnippetCompiler compiler) {
        try {
            compiler.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Check<T> {
        void on(T subject) throws Exception;
    }

    /** A kind of snippet that is nowhere in the documentation would be a check that checks nothing. */
    private static <T> Stream<DynamicTest> tests(Stream<T> subjects, Check<T> check) {
        List<T> all = subjects.toList();
        assertThat(all).isNotEmpty();
        return all.stream()
                .map(subject -> DynamicTest.dynamicTest(subject.toString(), source(subject), () -> check.on(subject)));
    }

    private static URI source(Object subject) {
        return subject instanceof Page.Snippet snippet
                ? snippet.page().file().toUri()
                : ((Page.Link) subject).page().file().toUri();
    }
}
