package dev.filelock.sample.page;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;

/** The Python of this machine, if it has the package {@code filelock}, and the script that comes with the sample. */
@Component
class Python implements DisposableBean {
    private static final String SCRIPT = "append_ledger.py";
    private static final int PATIENCE = 20;

    private final String interpreter;
    private @Nullable Path directory;
    private @Nullable String version;

    Python(PageProperties properties) {
        this.interpreter = properties.python();
    }

    /**
     * Looks for the package, again as long as it is missing.
     *
     * @return its version; null if it was not found, see {@link #advice()}
     */
    synchronized @Nullable String look() {
        if (version == null) {
            version = ask();
        }
        return version;
    }

    String advice() {
        return "'" + interpreter + "' has no package filelock, so Python takes no part. Install it: "
                + "python3 -m venv .venv && .venv/bin/pip install filelock==4.0.8; then start this application "
                + "with FILELOCK_PYTHON=$PWD/.venv/bin/python in its environment.";
    }

    /** The command that runs the script with these arguments. */
    synchronized List<String> command(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(interpreter, script().toString()));
        command.addAll(arguments);
        return command;
    }

    /** As a file, since the script may be inside of a jar. */
    private Path script() throws IOException {
        if (directory == null) {
            directory = Files.createTempDirectory("filelock-sample-");
            try (InputStream script = new ClassPathResource("python/" + SCRIPT).getInputStream()) {
                Files.copy(script, directory.resolve(SCRIPT));
            }
        }
        return directory.resolve(SCRIPT);
    }

    private @Nullable String ask() {
        Process python;
        try {
            python = new ProcessBuilder(interpreter, "-c", "import filelock; print(filelock.__version__)")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return null; // there is no such program, which is what we wanted to know
        }
        try {
            if (!python.waitFor(PATIENCE, TimeUnit.SECONDS) || python.exitValue() != 0) {
                return null;
            }
            return new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            python.destroyForcibly();
        }
    }

    @Override
    public synchronized void destroy() throws IOException {
        if (directory != null) {
            Files.deleteIfExists(directory.resolve(SCRIPT));
            Files.deleteIfExists(directory);
        }
    }
}
