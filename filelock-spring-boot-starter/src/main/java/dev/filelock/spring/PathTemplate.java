package dev.filelock.spring;

import dev.filelock.LockName;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.ParserContext;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** The path of an annotation: trusted text and expressions in turn. Parsed once, immutable. */
final class PathTemplate {
    private static final Pattern FORGOTTEN_BRACES =
            Pattern.compile("(?<![\\p{L}\\p{N}])#([\\p{L}_$][\\p{L}\\p{N}_$]*(\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*)");
    private static final SpelExpressionParser PARSER = new SpelExpressionParser();

    private sealed interface Part {}

    private record Text(String text) implements Part {}

    private record Value(PathExpression expression) implements Part {}

    private final String text;
    private final List<Part> parts;
    private final Arguments arguments;
    private final @Nullable LockName constant;

    private PathTemplate(String text, List<Part> parts, Arguments arguments) {
        this.text = text;
        this.parts = parts;
        this.arguments = arguments;
        boolean isConstant = parts.stream().allMatch(Text.class::isInstance);
        LockName sample = sample();
        this.constant = isConstant ? sample : null;
    }

    /**
     * Parses a path.
     *
     * @param text with its placeholders resolved
     * @param locked where it stands
     * @throws IllegalArgumentException if it can't work; the message says why
     */
    static PathTemplate parse(String text, LockedMethod locked) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("path is blank; name the lock, such as path = \"report\"");
        }
        Arguments arguments = Arguments.of(locked);
        List<Part> parts = new ArrayList<>();
        for (Expression expression : split(text)) {
            if (expression instanceof SpelExpression spel) {
                arguments.check(spel);
                parts.add(new Value(new PathExpression(spel, locked)));
            } else {
                parts.add(new Text(trusted(expression.getExpressionString(), text)));
            }
        }
        return new PathTemplate(text, List.copyOf(parts), arguments);
    }

    private static List<Expression> split(String text) {
        try {
            Expression whole = PARSER.parseExpression(text, ParserContext.TEMPLATE_EXPRESSION);
            return whole instanceof CompositeStringExpression several
                    ? List.of(several.getExpressions())
                    : List.of(whole);
        } catch (ParseException | IllegalStateException e) {
            throw new IllegalArgumentException("path '" + text + "' does not parse: " + e.getMessage(), e);
        }
    }

    private static String trusted(String literal, String whole) {
        Matcher forgotten = FORGOTTEN_BRACES.matcher(literal);
        if (forgotten.find()) {
            throw new IllegalArgumentException("path '" + whole + "' has the text '" + forgotten.group()
                    + "' outside #{...}; did you mean #{" + forgotten.group() + "}?");
        }
        return literal;
    }

    /** The name, if it is the same for every call, else null. */
    @Nullable LockName constant() {
        return constant;
    }

    /** A name like those that calls will get. */
    LockName sample() {
        return name(value -> "x");
    }

    /**
     * The names for one call: one, or one for each element if an expression yields a collection.
     *
     * @throws IllegalArgumentException if there is no name for these arguments
     */
    List<LockName> resolve(Call call, BeanFactory beans) {
        if (constant != null) {
            return List.of(constant);
        }
        EvaluationContext context = arguments.context(call.target(), call.method(), call.arguments(), beans);
        Map<Value, PathExpression.Result> results = new IdentityHashMap<>();
        PathExpression.Result several = null;
        for (Part part : parts) {
            if (part instanceof Value value) {
                PathExpression.Result result = value.expression().evaluate(context);
                if (result.several() && several != null) {
                    throw new IllegalArgumentException(
                            "path '" + text + "' has two parts that yield collections; only one may, "
                                    + "since it would not be clear which of their elements belong together");
                }
                several = result.several() ? result : several;
                results.put(value, result);
            }
        }
        int count = several == null ? 1 : several.texts().size();
        List<LockName> names = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int element = i;
            names.add(name(value -> Objects.requireNonNull(results.get(value)).text(element)));
        }
        return names;
    }

    private LockName name(Function<Value, String> texts) {
        LockName.Builder name = LockName.builder();
        for (Part part : parts) {
            if (part instanceof Value value) {
                name.value(texts.apply(value));
            } else if (part instanceof Text trusted) {
                name.text(trusted.text());
            }
        }
        return name.build();
    }

    @Override
    public String toString() {
        return text;
    }
}
