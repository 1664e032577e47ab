package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.util.Arrays;

/** Other programs; where one is missing the test is skipped, or fails if peers are required. */
final class Peers {
    private Peers() {}

    static String python() {
        String chosen = System.getenv("FILELOCK_PYTHON");
        return chosen != null ? chosen : onPath("python3");
    }

    /** An interpreter that has filelock. */
    static String pythonWithFilelock() throws IOException, InterruptedException {
        String python = python();
        Process probe = new ProcessBuilder(python, "-c", "import filelock")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        require(
                probe.waitFor() == 0,
                python
                        + " has no filelock; run 'pip install filelock==4.0.8', or let FILELOCK_PYTHON name a Python that"
                        + " has it");
        return python;
    }

    static String onPath(String program) {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> new File(directory, program).canExecute());
        require(there, program + " is not on the path");
        return program;
    }

    private static void require(boolean there, String otherwise) {
        if (Boolean.parseBoolean(System.getenv("FILELOCK_REQUIRE_PEERS"))) {
            assertThat(there).as(otherwise).isTrue();
        } else {
            assumeTrue(there, otherwise);
        }
    }
}
