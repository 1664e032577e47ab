package dev.filelock.docs;

import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * Compiles Java out of documentation, where a reader sees types, or only members of a type, or only statements, and no import that
 * an editor would add by itself. Fragments see the fields of {@link #SURROUNDINGS}.
 */
final class SnippetCompiler implements AutoCloseable {
    private static final String IMPORTS = """
            import dev.filelock.*;
            import dev.filelock.spring.*;
            import dev.filelock.spring.FileLocked.*;
            import dev.filelock.spring.boot.test.*;
            import java.io.*;
            import java.nio.file.*;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.stream.*;
            import java.lang.annotation.*;
            import org.jspecify.annotations.Nullable;
            import org.junit.jupiter.api.Test;
            import org.junit.jupiter.api.io.TempDir;
            import static org.junit.jupiter.api.Assertions.assertThrows;
            import org.springframework.beans.factory.annotation.Autowired;
            import org.springframework.boot.test.context.SpringBootTest;
            import org.springframework.cache.annotation.*;
            import org.springframework.context.annotation.*;
            import org.springframework.core.annotation.AliasFor;
            import org.springframework.resilience.annotation.*;
            import org.springframework.scheduling.annotation.*;
            import org.springframework.stereotype.*;
            import org.springframework.test.context.*;
            import org.springframework.transaction.annotation.*;
            """;

    private static final String SURROUNDINGS = """
            abstract class Surroundings {
                Path data;
                FileLock lock;
                ReadWriteFileLock catalog;
                LockRegistry registry;
                Executor executor;
                List<String> alerts;
            }
            """;

    private static final Pattern IMPORT_LINE = Pattern.compile("(?m)^import [^;]+;\\n?");
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "(?m)^public (?:(?:final|abstract|sealed) )*(?:class|interface|@interface|record|enum) (\\w+)");

    private static final List<String> OPTIONS = List.of("--release", "17", "-proc:none", "-parameters", "-nowarn");

    private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();

    /** One for all snippets, since it takes longer to read the class path than to compile. */
    private final StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);

    SnippetCompiler(Path output) throws IOException {
        files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(output));
    }

    /** Throws an error that shows what the compiler said unless the snippet compiles as one of the three. */
    void compile(Page.Snippet snippet) {
        String imports = IMPORTS
                + IMPORT_LINE
                        .matcher(snippet.text())
                        .results()
                        .map(found -> found.group())
                        .collect(Collectors.joining("\n"));
        String body = IMPORT_LINE.matcher(snippet.text()).replaceAll("");
        Matcher publicType = PUBLIC_TYPE.matcher(body);
        List<List<Diagnostic<?>>> failures = new ArrayList<>();
        for (String source : List.of(
                imports + body,
                imports + SURROUNDINGS + "class Snippet extends Surroundings {\n" + body + "\n}",
                imports + SURROUNDINGS + "class Snippet extends Surroundings {\nvoid run() throws Exception {\n" + body
                        + "\n}\n}")) {
            List<Diagnostic<?>> errors = errors(publicType.find(0) ? publicType.group(1) : "Snippet", source);
            if (errors.isEmpty()) {
                return;
            }
            failures.add(errors);
        }
        List<Diagnostic<?>> nearest = failures.stream()
                .min(Comparator.comparing(SnippetCompiler::isMisparsed).thenComparingInt(List::size))
                .orElseThrow();
        throw new AssertionError(snippet + " does not compile:\n"
                + nearest.stream().map(Object::toString).collect(Collectors.joining("\n"))
                + "\n\n" + snippet.text());
    }

    /** The compiler did not get as far as the names, because the snippet is no such thing. */
    private static boolean isMisparsed(List<Diagnostic<?>> errors) {
        return errors.stream()
                .anyMatch(error ->
                        error.getCode().matches("compiler\\.err\\.(expected.*|illegal\\.start.*|premature.*)"));
    }

    private List<Diagnostic<?>> errors(String type, String source) {
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        compiler.getTask(Writer.nullWriter(), files, diagnostics, OPTIONS, null, List.of(new Source(type, source)))
                .call();
        return diagnostics.getDiagnostics().stream()
                .filter(found -> found.getKind() == Diagnostic.Kind.ERROR)
                .collect(Collectors.toList());
    }

    @Override
    public void close() throws IOException {
        files.close();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String type, String text) {
            super(URI.create("memory:///" + type + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
