package dev.filelock.spring;

import java.beans.PropertyDescriptor;
import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.util.ClassUtils;

/**
 * One <code>#{...}</code> of a path.
 *
 * @param expression what is between the braces
 * @param locked where it stands
 */
record PathExpression(SpelExpression expression, LockedMethod locked) {
    private static final Set<Class<?>> WHOLE_NUMBERS =
            Set.of(Byte.class, Short.class, Integer.class, Long.class, BigInteger.class);

    /**
     * The text of its value for one call.
     *
     * @throws IllegalArgumentException if there is none that could stand in a path
     */
    String evaluate(EvaluationContext context) {
        Object value;
        try {
            value = expression.getValue(context);
        } catch (EvaluationException e) {
            throw new IllegalArgumentException(where() + " could not be evaluated: " + e.getMessage(), e);
        }
        if (value == null) {
            throw new IllegalArgumentException(where() + " is null; there is no lock for that");
        }
        String text = textOf(value);
        if (text == null) {
            throw new IllegalArgumentException(where() + " " + advice(value));
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException(where() + " is blank; there is no lock for that");
        }
        return text;
    }

    private static @Nullable String textOf(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        Class<?> type = value.getClass();
        return isText(type) ? value.toString() : null;
    }

    private static boolean isText(Class<?> type) {
        Class<?> boxed = ClassUtils.resolvePrimitiveIfNecessary(type);
        return CharSequence.class.isAssignableFrom(boxed)
                || boxed == Character.class
                || boxed == Boolean.class
                || boxed == UUID.class
                || WHOLE_NUMBERS.contains(boxed)
                || boxed.isEnum()
                || boxed.getName().startsWith("java.time.");
    }

    private String advice(Object value) {
        Class<?> type = value.getClass();
        String kind = "is of type " + ClassUtils.getShortName(type);
        if (value instanceof Collection || value instanceof Map || type.isArray()) {
            return kind + ": a path can't hold a collection; one call takes one lock, so call once for each element";
        }
        return kind + ", which has no sure text; " + suggestion(type);
    }

    private String suggestion(Class<?> type) {
        List<String> usable = Arrays.stream(BeanUtils.getPropertyDescriptors(type))
                .filter(property -> property.getReadMethod() != null && isText(property.getPropertyType()))
                .map(PropertyDescriptor::getName)
                .toList();
        if (type.isRecord()) {
            usable = Arrays.stream(type.getRecordComponents())
                    .filter(component -> isText(component.getType()))
                    .map(RecordComponent::getName)
                    .toList();
        }
        String property = usable.isEmpty()
                ? null
                : usable.stream()
                        .filter(name -> name.equals("id") || name.equals("name"))
                        .findFirst()
                        .orElse(usable.get(0));
        return (property == null
                        ? "make it text"
                        : "use a property of it, such as #{" + expression.getExpressionString() + "." + property + "}")
                + " (text, an integer, a boolean, an enum, a UUID or a java.time value)";
    }

    private String where() {
        return this + " in the lock path of " + locked;
    }

    @Override
    public String toString() {
        return "#{" + expression.getExpressionString() + "}";
    }
}
