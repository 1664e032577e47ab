package dev.filelock.spring;

import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.FunctionReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/** What the expressions of a path may refer to: a method's arguments by name and by position, and {@code #root}. Immutable. */
final class Arguments {
    private static final ParameterNameDiscoverer DISCOVERER = new DefaultParameterNameDiscoverer();
    private static final Set<String> ALWAYS_KNOWN = Set.of("root", "this");

    private final Map<String, Integer> positions;
    private final List<String> names;
    private final boolean namesKnown;
    private final String method;

    private Arguments(Map<String, Integer> positions, List<String> names, boolean namesKnown, String method) {
        this.positions = positions;
        this.names = names;
        this.namesKnown = namesKnown;
        this.method = method;
    }

    static Arguments of(LockedMethod locked) {
        Map<String, Integer> positions = new HashMap<>();
        int count = locked.method().getParameterCount();
        for (int i = 0; i < count; i++) {
            positions.put("p" + i, i);
            positions.put("a" + i, i);
        }
        // The names that the author of the annotation sees win over those of the method that implements it.
        @Nullable String @Nullable [] own = DISCOVERER.getParameterNames(locked.method());
        @Nullable String @Nullable [] annotated = DISCOVERER.getParameterNames(locked.annotatedMethod());
        put(own, positions);
        put(annotated, positions);
        @Nullable String @Nullable [] shown = annotated == null ? own : annotated;
        return new Arguments(
                Map.copyOf(positions),
                shown == null
                        ? List.of()
                        : Stream.of(shown)
                                .filter(Objects::nonNull)
                                .map(String::valueOf)
                                .toList(),
                shown != null,
                locked.toString());
    }

    private static void put(@Nullable String @Nullable [] names, Map<String, Integer> positions) {
        if (names != null) {
            for (int i = 0; i < names.length; i++) {
                String name = names[i];
                if (name != null) {
                    positions.put(name, i);
                }
            }
        }
    }

    /**
     * Refuses what an expression can't refer to.
     *
     * @throws IllegalArgumentException naming the variable and what there is
     */
    void check(SpelExpression expression) {
        check(expression.getAST(), expression.getExpressionString());
    }

    private void check(SpelNode node, String expression) {
        if (node instanceof VariableReference) {
            String name = node.toStringAST().substring(1);
            if (!ALWAYS_KNOWN.contains(name) && !positions.containsKey(name)) {
                throw new IllegalArgumentException(
                        "#{" + expression + "} refers to #" + name + ", but " + whatThereIs());
            }
        } else if (node instanceof FunctionReference) {
            throw new IllegalArgumentException(
                    "#{" + expression + "} calls " + node.toStringAST()
                            + ", but there are no functions; call a method of an argument or of a bean, such as @bean.method(...)");
        }
        for (int i = 0; i < node.getChildCount(); i++) {
            check(node.getChild(i), expression);
        }
    }

    private String whatThereIs() {
        if (positions.isEmpty()) {
            return method + " has no parameters";
        }
        if (!namesKnown) {
            return "the names of the parameters of " + method
                    + " are not in its byte code; compile with -parameters or use #p0";
        }
        return method + " has the parameters "
                + names.stream().map(name -> "#" + name).collect(Collectors.joining(", "))
                + " (and #p0, #a0, #root.method, #root.target)";
    }

    EvaluationContext context(@Nullable Object target, Method invoked, @Nullable Object[] values, BeanFactory beans) {
        StandardEvaluationContext context = new StandardEvaluationContext(new Root(invoked, target));
        context.setBeanResolver(new BeanFactoryResolver(beans));
        positions.forEach((name, position) -> context.setVariable(name, values[position]));
        return context;
    }

    /** What {@code #root} is. SpEL reads its accessors by reflection. */
    record Root(Method method, @Nullable Object target) {}
}
