package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** Spring reads the names of parameters from byte code, which has them only if it was compiled with {@code -parameters}. */
@Timeout(60)
class ParameterNamesTest {
    private static final String COMPONENT = """
            public class Imports {
                @dev.filelock.spring.FileLocked("imports/%s")
                public java.nio.file.Path run(String customer) {
                    return dev.filelock.FileLocks.current().path();
                }
            }
            """;

    @TempDir
    Path classes;

    @TempDir
    Path locks;

    @Test
    void aNameThatIsNotInTheByteCodeStopsTheStartWithTheWayOut() throws Exception {
        try (URLClassLoader loader = compile("#{#customer}")) {
            assertThatThrownBy(() -> call(loader))
                    .hasStackTraceContaining(FileLockMisuseException.class.getSimpleName())
                    .hasStackTraceContaining("Imports.run(String)")
                    .hasStackTraceContaining("#{#customer} refers to #customer")
                    .hasStackTraceContaining("compile with -parameters or use #p0");
            assertThat(locks).isEmptyDirectory();
        }
    }

    @Test
    void positionsNeedNoNames() throws Exception {
        for (String position : List.of("#{#p0}", "#{#a0}")) {
            try (URLClassLoader loader = compile(position)) {
                assertThat(call(loader)).isEqualTo(locks.resolve("imports/acme.lock"));
            }
        }
    }

    @Test
    void namesAreFoundWhereTheyAreInTheByteCode() throws Exception {
        try (URLClassLoader loader = compile("#{#customer}", "-parameters")) {
            assertThat(call(loader)).isEqualTo(locks.resolve("imports/acme.lock"));
        }
    }

    /** The lock file that is held while the component of an application that just started runs. */
    private Path call(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> component = loader.loadClass("Imports");
        try (AnnotationConfigApplicationContext context = Contexts.prepare(locks, component)) {
            context.setClassLoader(loader);
            context.refresh();
            Object bean = context.getBean(component);
            return (Path) component.getMethod("run", String.class).invoke(bean, "acme");
        }
    }

    private URLClassLoader compile(String value, String... options) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
            List<String> all = new ArrayList<>(List.of("--release", "17", "-proc:none", "-nowarn", "-g"));
            all.addAll(List.of(options));
            Source source = new Source(String.format(COMPONENT, value));
            assertThat(compiler.getTask(null, files, null, all, null, List.of(source))
                            .call())
                    .isTrue();
        }
        return new URLClassLoader(
                new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("memory:///Imports.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
