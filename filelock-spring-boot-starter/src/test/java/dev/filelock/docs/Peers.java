package dev.filelock.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.util.Arrays;

/** Other programs; where one is missing the test is skipped, or fails if peers are required. */
final class Peers {
    private Peers() {}

    static String python() {
        String chosen = System.getenv("FILELOCK_PYTHON");
        return chosen != null ? chosen : onPath("python3");
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
