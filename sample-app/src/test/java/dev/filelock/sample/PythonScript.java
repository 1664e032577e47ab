package dev.filelock.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** {@code append_ledger.py} as a process, run by the Python that {@code FILELOCK_PYTHON} names. */
final class PythonScript {
    private static final String PYTHON =
            Optional.ofNullable(System.getenv("FILELOCK_PYTHON")).orElse("python3");
    private static final Path SCRIPT = Path.of("src", "main", "python", "append_ledger.py");

    private final Process process;

    private PythonScript(Process process) {
        this.process = process;
    }

    /** Skips the running test where Python's filelock is missing; fails it where {@code FILELOCK_REQUIRE_PEERS} is true. */
    static void require() {
        if (!isPresent()) {
            Assumptions.abort(Found.ADVICE);
        }
    }

    /** For a part of a test that can be left out. */
    static void ifPresent(Executable body) throws Exception {
        if (isPresent()) {
            body.execute();
        }
    }

    static boolean isPresent() {
        if (!Found.YES && Boolean.parseBoolean(System.getenv("FILELOCK_REQUIRE_PEERS"))) {
            Assertions.fail(Found.ADVICE);
        }
        return Found.YES;
    }

    static PythonScript start(Path data, String account, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(PYTHON, SCRIPT.toString(), "--data", data.toString(), "--account", account));
        command.addAll(List.of(arguments));
        return new PythonScript(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    long pid() {
        return process.pid();
    }

    /** What it printed: one line for each turn. */
    String expectSuccess() throws Exception {
        return output(0);
    }

    String expectFailure() throws Exception {
        return output(1);
    }

    private String output(int status) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Assertions.assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the script did not end");
        Assertions.assertEquals(status, process.exitValue(), output);
        return output;
    }

    interface Executable {
        void execute() throws Exception;
    }

    private static final class Found {
        static final String ADVICE = "The Python '" + PYTHON + "' has no package filelock. Install it: "
                + "python3 -m venv .ci-work/venv && .ci-work/venv/bin/pip install filelock==4.0.8; "
                + "then set FILELOCK_PYTHON to that .ci-work/venv/bin/python (an absolute path)";
        static final boolean YES = look();

        private static boolean look() {
            try {
                Process python = new ProcessBuilder(PYTHON, "-c", "import filelock")
                        .redirectErrorStream(true)
                        .start();
                python.getInputStream().readAllBytes();
                if (python.waitFor() == 0) {
                    return true;
                }
            } catch (IOException e) {
                // there is no such program, which is what we wanted to know
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        }
    }
}
