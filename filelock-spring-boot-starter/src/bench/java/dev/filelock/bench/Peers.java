package dev.filelock.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What of the others is installed here; what isn't is left out of the tables and named. */
final class Peers {
    /**
     * On Unix Maven Resolver deletes its lock file as soon as it has opened it, unless told otherwise; the next process then makes
     * and locks another one.
     */
    static final String RESOLVER_THAT_EXCLUDES = "-Daether.named.file-lock.deleteLockFiles=false";

    private final Path sources;
    private final Optional<String> python;
    private final Optional<Path> cPlayer;
    private final Map<String, String> versions = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();

    Peers(Path sources, Path work) {
        this.sources = sources;
        this.python = findPython();
        this.cPlayer = compile(work);
        versions.put(
                "Maven Resolver",
                version("maven-resolver-named-locks") + ", with `" + RESOLVER_THAT_EXCLUDES
                        + "`: by default, on Unix, it deletes a lock file once it is open, and then processes don't exclude each other");
    }

    Optional<String> python() {
        return python;
    }

    Path pythonPlayer() {
        return sources.resolve("python/player.py");
    }

    Optional<Path> cPlayer() {
        return cPlayer;
    }

    Map<String, String> versions() {
        return versions;
    }

    List<String> missing() {
        return missing;
    }

    private Optional<String> findPython() {
        String interpreter =
                Optional.ofNullable(System.getenv("FILELOCK_PYTHON")).orElse("python3");
        Optional<String> found = output(
                interpreter, "-c", "import filelock, platform; print(filelock.__version__, platform.python_version())");
        if (found.isEmpty()) {
            missing.add("Python's filelock (pip install filelock==4.0.8; FILELOCK_PYTHON names the interpreter)");
            return Optional.empty();
        }
        String[] words = found.get().split(" ");
        versions.put("Python's filelock", words[0] + " on CPython " + words[1]);
        return Optional.of(interpreter);
    }

    private Optional<Path> compile(Path work) {
        Path program = work.resolve("player");
        Optional<String> compiled = output(
                "cc",
                "-O2",
                "-o",
                program.toString(),
                sources.resolve("c/player.c").toString());
        if (compiled.isEmpty()) {
            missing.add("the bare system calls (install a C compiler named cc)");
            return Optional.empty();
        }
        output("cc", "--version")
                .ifPresent(version ->
                        versions.put("C compiler", version.lines().findFirst().orElse("")));
        return Optional.of(program);
    }

    private static String version(String artifact) {
        for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
            String name = Path.of(entry).getFileName().toString();
            if (name.startsWith(artifact + "-")) {
                return name.substring(artifact.length() + 1, name.length() - ".jar".length());
            }
        }
        return "unknown";
    }

    static Optional<String> output(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // not installed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
