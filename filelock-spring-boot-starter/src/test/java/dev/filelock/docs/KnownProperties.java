package dev.filelock.docs;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The configuration properties that the metadata on the class path describes. */
public final class KnownProperties {
    private static final String METADATA = "META-INF/spring-configuration-metadata.json";

    private final Map<String, Property> byName = new TreeMap<>();

    /**
     * A property.
     *
     * @param name its canonical name
     * @param type the simple name of its type, without type arguments
     * @param defaultValue as text; empty if it has none
     */
    public record Property(String name, String type, String defaultValue) {}

    private KnownProperties() {}

    /** Those of one module, found by a class of it. */
    public static KnownProperties ofModuleOf(Class<?> type) throws IOException {
        String classes =
                type.getProtectionDomain().getCodeSource().getLocation().toString();
        KnownProperties known = new KnownProperties();
        for (URL metadata : found()) {
            if (metadata.toString().startsWith(classes)) {
                known.add(metadata);
            }
        }
        return known;
    }

    static KnownProperties ofEverything() throws IOException {
        KnownProperties known = new KnownProperties();
        for (URL metadata : found()) {
            known.add(metadata);
        }
        return known;
    }

    private static List<URL> found() throws IOException {
        return new ArrayList<>(
                Collections.list(KnownProperties.class.getClassLoader().getResources(METADATA)));
    }

    private void add(URL metadata) throws IOException {
        JsonNode root;
        try (InputStream in = metadata.openStream()) {
            root = new JsonMapper().readTree(in);
        }
        for (JsonNode each : root.path("properties")) {
            String name = each.path("name").asString();
            byName.put(
                    name,
                    new Property(name, simpleName(each.path("type").asString("")), text(each.path("defaultValue"))));
        }
    }

    private static String simpleName(String type) {
        return type.replaceAll("<.*", "").replaceAll("^.*[.$]", "");
    }

    private static String text(JsonNode value) {
        return value.isValueNode() && !value.isNull() ? value.asString() : "";
    }

    /** Whether a property of that name may be set; where its parent is a map, whatever stands below it may. */
    boolean has(String name) {
        for (String at = name; ; at = at.substring(0, at.lastIndexOf('.'))) {
            Property property = byName.get(at);
            if (property != null) {
                return at.equals(name) || property.type().equals("Map");
            }
            if (at.indexOf('.') < 0) {
                return false;
            }
        }
    }

    public Collection<Property> all() {
        return byName.values();
    }
}
