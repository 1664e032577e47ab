package dev.filelock.sample.page;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a class of this application in another JVM: with this JVM's class path, or out of the same executable jar. */
final class JavaCommand {
    private static final String LOADER = "org.springframework.boot.loader.launch.PropertiesLauncher";

    private JavaCommand() {}

    static List<String> of(Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // starts faster
                "-cp",
                System.getProperty("java.class.path")));
        if (isPackaged(main)) {
            command.add("-Dloader.main=" + main.getName());
            command.add(LOADER);
        } else {
            command.add(main.getName());
        }
        command.addAll(arguments);
        return command;
    }

    /** Only Spring Boot's loader gives classes an address inside of a nested jar. */
    private static boolean isPackaged(Class<?> main) {
        return main.getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()
                .contains("BOOT-INF");
    }
}
