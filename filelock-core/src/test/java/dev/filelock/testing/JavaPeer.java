package dev.filelock.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Another JVM, of the same Java and with the same class path as the test. */
public final class JavaPeer {
    private JavaPeer() {}

    /** Runs a class with a main method. */
    public static ChildProcess start(Class<?> main, String... arguments) {
        return start(List.of(), main, arguments);
    }

    /** Runs a class with a main method, with options for the JVM. */
    public static ChildProcess start(Collection<String> options, Class<?> main, String... arguments) {
        List<String> command = command(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return ChildProcess.start(command);
    }

    /**
     * The command up to the main class. Small and quick to start; later options win. Without the file of performance data, as two JVMs
     * that begin at once may warn each other of theirs, in what they print. Native access is allowed unless an option says something
     * about it.
     */
    public static List<String> command(Collection<String> options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        if (Runtime.version().feature() >= 22
                && options.stream().noneMatch(option -> option.contains("native-access"))) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.addAll(options);
        return command;
    }
}
