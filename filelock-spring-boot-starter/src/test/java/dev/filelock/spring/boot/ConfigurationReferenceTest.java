package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.docs.KnownProperties;
import dev.filelock.docs.KnownProperties.Property;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.util.ClassUtils;

/** {@code docs/configuration-reference.md} lists the properties there are, all of them, and no other. */
class ConfigurationReferenceTest {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([\\w.<>-]+)` \\| (\\w+) \\| (?:`([^`]*)`)? ?\\| (.+) \\|$");

    @Test
    void everyPropertyIsListedWithItsTypeAndDefault() throws IOException {
        List<Property> inCode = new ArrayList<>();
        for (Property property :
                KnownProperties.ofModuleOf(FileLockProperties.class).all()) {
            inCode.add(new Property(property.name(), forReaders(property.type()), property.defaultValue()));
        }
        addAll("filelock.directories.<name>.", FileLockProperties.Directory.class, inCode);
        assertThat(listed()).containsExactlyInAnyOrderElementsOf(inCode);
    }

    private static void addAll(String prefix, Class<?> group, List<Property> into) {
        for (RecordComponent component : group.getRecordComponents()) {
            String name = prefix + kebab(component.getName());
            Class<?> type = component.getType();
            if (type.isRecord() && type.getEnclosingClass() == FileLockProperties.class) {
                addAll(name + ".", type, into);
            } else {
                into.add(new Property(name, forReaders(ClassUtils.getShortName(type)), ""));
            }
        }
    }

    @Test
    void everyPropertyIsListedOnce() throws IOException {
        List<String> names = listed().stream().map(Property::name).toList();
        assertThat(new TreeSet<>(names)).hasSameSizeAs(names);
    }

    private static List<Property> listed() throws IOException {
        String page = Files.readString(Path.of("../docs/configuration-reference.md"));
        return ROW.matcher(page)
                .results()
                .map(ConfigurationReferenceTest::property)
                .toList();
    }

    private static Property property(MatchResult row) {
        return new Property(row.group(1), row.group(2), row.group(3) == null ? "" : row.group(3));
    }

    /** Readers need not know the class that tells durations from bare numbers. */
    private static String forReaders(String type) {
        return type.equals("LockDuration") ? "Duration" : type;
    }

    private static String kebab(String name) {
        Matcher upper = Pattern.compile("[A-Z]").matcher(name);
        return upper.replaceAll(found -> "-" + found.group().toLowerCase(Locale.ROOT));
    }
}
