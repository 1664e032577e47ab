package dev.filelock.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockBackend;
import dev.filelock.LockName;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/**
 * Whatever an annotation says and whatever the arguments are: the path lies inside the lock directory, or there is none and an
 * {@link IllegalArgumentException} says why.
 */
class AnyPathTest {
    private static final int TEXTS = 20_000;

    private static final List<String> PARTS = List.of(
            "report",
            "a",
            "/",
            "//",
            ".",
            "..",
            "../",
            "\\",
            ":",
            " ",
            "~",
            "%2e",
            "\u0000",
            "\ud800",
            "\u00e9",
            ".lock",
            ".db",
            "#",
            "#id",
            "#{",
            "}",
            "{",
            "'",
            "#{}",
            "#{ }",
            "#{#id}",
            "#{#id}",
            "#{#n}",
            "#{#list}",
            "#{#p0}",
            "#{#a1}",
            "#{'..'}",
            "#{'/etc'}",
            "#{#id + '/' + #n}",
            "#{#n / #n}",
            "#{1 / 0}",
            "#{#id.length()}",
            "#{#id.substring(9)}",
            "#{#id[9]}",
            "#{#list[7]}",
            "#{#list.![toString()]}",
            "#{#list.?[false]}",
            "#{null}",
            "#{#missing}",
            "#{#function()}",
            "#{@bean}",
            "#{@missing}",
            "#{{}}",
            "#{{#id,#n}}",
            "#{new int[2]}",
            "#{#root}",
            "#{#root.method.name}",
            "#{#root.target}",
            "#{#this}",
            "#{T(java.lang.Math).random()}",
            "#{T(no.such.Type).X}",
            "#{#id == null}",
            "#{#id?.trim()}",
            "#{#n = 7}",
            "#{#n++}",
            "#{#id matches '('}",
            "#{#n > 'x'}",
            "#{-#id}",
            "#{!#n}",
            "#{#n.x.y}",
            "#{#id(}",
            "#{1..2}",
            "#{9999999999}",
            "#{0x}",
            "#{#n ^ 999999}",
            "#{#list.iterator()}",
            "#{#id.charAt(0)}",
            "#{{a:#id}}",
            "#{'a'*-1}",
            "#{#n.compareTo(null)}");

    private static final List<@Nullable String> IDS = Arrays.asList(
            "x",
            "",
            " ",
            "..",
            "../x",
            "/etc/passwd",
            "a/../../b",
            "x\u0000",
            "\ud800",
            "%2e%2e/",
            "C:\\x",
            "x".repeat(400),
            "\n",
            null);

    private static final List<@Nullable List<?>> LISTS = Arrays.asList(
            List.of(),
            List.of("a", "b"),
            List.of("../a"),
            Arrays.asList("a", null),
            List.of(1, List.of(2)),
            List.of(1.5),
            null);

    @TempDir
    Path directory;

    private static final class Target {
        @SuppressWarnings("unused") // its parameters are what expressions refer to
        String locked(String id, Integer n, List<?> list) {
            return id;
        }
    }

    private record Invocation(Method method, @Nullable Object[] arguments) implements MethodInvocation {
        @Override
        public Method getMethod() {
            return method;
        }

        @Override
        public @Nullable Object[] getArguments() {
            return arguments;
        }

        @Override
        public Object proceed() {
            throw new AssertionError("the method runs under a lock only");
        }

        @Override
        public Object getThis() {
            return new Target();
        }

        @Override
        public AccessibleObject getStaticPart() {
            return method;
        }
    }

    @Test
    void anyTextWithAnyArgumentsLeadsIntoTheDirectoryOrIsRefused() throws Exception {
        Random random = new Random(20_261_124);
        Method method = Target.class.getDeclaredMethod("locked", String.class, Integer.class, List.class);
        LockedMethod locked = new LockedMethod(method, List.of(), method);
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerSingleton("bean", "../bean");
        int paths = 0;
        for (int i = 0; i < TEXTS; i++) {
            StringBuilder text = new StringBuilder();
            for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
                text.append(PARTS.get(random.nextInt(PARTS.size())));
            }
            @Nullable Object[] arguments = {
                IDS.get(random.nextInt(IDS.size())),
                random.nextInt(5) == 0 ? null : random.nextInt(3) - 1,
                LISTS.get(random.nextInt(LISTS.size()))
            };
            Call call = new Call(new Invocation(method, arguments), Target.class);
            paths += paths(text.toString(), locked, call, beans);
        }
        assertThat(paths).as("paths that were looked at").isGreaterThan(TEXTS / 10);
    }

    /** How many there were. */
    private int paths(String text, LockedMethod locked, Call call, DefaultListableBeanFactory beans) {
        String what = "'" + text + "' for " + Arrays.toString(call.arguments());
        try {
            PathTemplate template = PathTemplate.parse(text, locked);
            List<LockName> names = template.resolve(call, beans);
            assertThat(names).as(what).isNotEmpty();
            for (LockName name : names) {
                assertThat(name.isAbsolute())
                        .as("%s: only its author's own text makes a path absolute", what)
                        .isEqualTo(text.startsWith("/"));
                for (LockBackend backend : List.of(LockBackend.NATIVE, LockBackend.SQLITE)) {
                    Path path = name.in(directory, backend);
                    assertThat(path.normalize().startsWith(directory) || name.isAbsolute())
                            .as("%s leads to %s", what, path)
                            .isTrue();
                }
            }
            return names.size();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).as(what).isNotBlank();
            return 0;
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(what + " fails with what nobody expects: " + e, e);
        }
    }
}
