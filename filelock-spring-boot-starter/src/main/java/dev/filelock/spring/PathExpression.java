package dev.filelock.spring;

import java.beans.PropertyDescriptor;
import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.util.ClassUtils;
import org.springframework.util.CollectionUtils;

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
     * What it yields for one call.
     *
     * @param texts not empty
     * @param several whether the value was a collection or an array, also one of a single element
     */
    record Result(List<String> texts, boolean several) {
        String text(int element) {
            return texts.get(several ? element : 0);
        }
    }

    /**
     * Evaluates it for one call.
     *
     * @throws IllegalArgumentException if the value, or an element of it, can't stand in a path
     */
    Result evaluate(EvaluationContext context) {
        Object value;
        try {
            value = expression.getValue(context);
        } catch (EvaluationException e) {
            throw new IllegalArgumentException(where() + " could not be evaluated: " + e.getMessage(), e);
        } catch (RuntimeException e) { // of a division, or of a method that the expression calls
            throw new IllegalArgumentException(where() + " could not be evaluated: " + e, e);
        }
        if (value instanceof Collection<?> elements) {
            return several(elements);
        }
        if (value != null && value.getClass().isArray()) {
            return several(CollectionUtils.arrayToList(value));
        }
        return new Result(List.of(text(value, where())), false);
    }

    private Result several(Collection<?> elements) {
        if (elements.isEmpty()) {
            throw new IllegalArgumentException(
                    where() + " is empty, so the method would run without a lock; don't call it with nothing to lock");
        }
        List<String> texts = new ArrayList<>(elements.size());
        for (Object element : elements) {
            texts.add(text(element, "an element of " + where()));
        }
        return new Result(texts, true);
    }

    private String text(@Nullable Object value, String what) {
        if (value == null) {
            throw new IllegalArgumentException(what + " is null; there is no lock for that");
        }
        String text = textOf(value);
        if (text == null) {
            throw new IllegalArgumentException(what + " " + advice(value));
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException(what + " is blank; there is no lock for that");
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
        if (value instanceof Map) {
            return kind + "; say which part of it names the locks, such as #{" + expression.getExpressionString()
                    + ".keySet()}";
        }
        if (value instanceof Optional) {
            return kind + "; say what the lock is without a value, such as #{" + expression.getExpressionString()
                    + ".orElseThrow()}";
        }
        if (value instanceof Iterable || type.isArray()) {
            return kind + "; give a Collection or an array of single values";
        }
        return kind + ", which has no sure text; " + suggestion(type);
    }

    private String suggestion(Class<?> type) {
        List<String> usable = Arrays.stream(BeanUtils.getPropertyDescriptors(type))
                .filter(property -> property.getReadMethod() != null && tellsApart(property.getPropertyType()))
                .map(PropertyDescriptor::getName)
                .toList();
        if (type.isRecord()) {
            usable = Arrays.stream(type.getRecordComponents())
                    .filter(component -> tellsApart(component.getType()))
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

    private static boolean tellsApart(Class<?> type) {
        return isText(type) && ClassUtils.resolvePrimitiveIfNecessary(type) != Boolean.class;
    }

    private String where() {
        return this + " in the lock path of " + locked;
    }

    @Override
    public String toString() {
        return "#{" + expression.getExpressionString() + "}";
    }
}
