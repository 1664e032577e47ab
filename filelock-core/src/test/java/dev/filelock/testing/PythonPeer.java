package dev.filelock.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** A Python process that has filelock 4.0.8, for tests of interoperability. */
public final class PythonPeer {
    /** Environment variable: the Python to run; without it, {@code python3} of the path. */
    public static final String PYTHON = "FILELOCK_PYTHON";

    /** Environment variable: if {@code true}, tests fail where the peer is missing, instead of being skipped. */
    public static final String REQUIRED = "FILELOCK_REQUIRE_PEERS";

    private static final String VERSION = "4.0.8";
    private static final String EXECUTABLE =
            Optional.ofNullable(System.getenv(PYTHON)).orElse("python3");

    private PythonPeer() {}

    /** Why there is no Python with the right filelock here; empty if there is one. */
    public static String problem() {
        return Found.PROBLEM;
    }

    /** The command up to the script's file; the peer must be there. */
    public static List<String> command() {
        return List.of(EXECUTABLE, "-u");
    }

    /** Skips the test if there is no Python with the right filelock, or fails it where peers are required. */
    public static void require() {
        if (!Found.PROBLEM.isEmpty()) {
            String text = Found.PROBLEM + ". Install it with: python3 -m venv .venv && .venv/bin/pip install filelock=="
                    + VERSION + "; then set " + PYTHON + "=.venv/bin/python (an absolute path)";
            if (Boolean.parseBoolean(System.getenv(REQUIRED))) {
                Assertions.fail(text);
            }
            Assumptions.abort(text);
        }
    }

    /** Runs a script, with unbuffered output; {@code sys.argv[1:]} are the arguments. Requires the peer as {@link #require}. */
    public static ChildProcess start(String script, String... arguments) {
        require();
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of("-c", script));
        command.addAll(List.of(arguments));
        return ChildProcess.start(command);
    }

    private static final class Found {
        static final String PROBLEM = problem();

        private static String problem() {
            try {
                Process python = new ProcessBuilder(EXECUTABLE, "-c", "import filelock; print(filelock.__version__)")
                        .redirectErrorStream(true)
                        .start();
                String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                python.waitFor(60, TimeUnit.SECONDS);
                return output.equals(VERSION)
                        ? ""
                        : "no Python with filelock " + VERSION + ": asked for its version, " + EXECUTABLE + " says '"
                                + output.substring(output.lastIndexOf('\n') + 1) + "'";
            } catch (IOException e) {
                return "no Python: " + e.getMessage();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "interrupted while looking for Python";
            }
        }
    }
}
