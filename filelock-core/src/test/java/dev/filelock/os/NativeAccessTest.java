package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;

/** A native call that can't be made is an error that says how to mend it, each time it is met. */
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "Windows needs no native access for its files")
class NativeAccessTest {
    /** Asks for the files three times, and for an identity, which has a substitute. */
    static final class Client {
        public static void main(String[] arguments) throws Exception {
            for (int i = 0; i < 2; i++) {
                try {
                    OsFiles.system();
                    System.out.println("linked");
                } catch (NativeAccessException e) {
                    System.out.println(e.getMessage());
                }
            }
            try {
                Processes.system().hostField();
                System.out.println("linked");
            } catch (NativeAccessException e) {
                System.out.println(e.getMessage());
            }
            System.out.println(OsFileIdentities.system().following(Path.of("/")) != null);
        }
    }

    @Test
    void saysWhatToDoWhereTheNativeLibraryCanNotBeUnpacked() {
        assertThat(answers(List.of("-Djna.tmpdir=/proc/nowhere", "-Djna.nosys=true")))
                .allSatisfy(message -> assertThat(message)
                        .contains("-Djna.tmpdir=")
                        .contains(System.getProperty("java.io.tmpdir"))
                        .contains("NativeAccess.RANGE_LOCK"));
    }

    @Test
    void saysWhatToDoWithoutJna() {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("jna"))
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(answers(List.of("-cp", classPath)))
                .allSatisfy(message -> assertThat(message).contains("net.java.dev.jna:jna"));
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void saysWhatToDoWhereNativeAccessIsDenied() {
        assertThat(answers(List.of("--illegal-native-access=deny")))
                .allSatisfy(message -> assertThat(message)
                        .contains("--enable-native-access=ALL-UNNAMED")
                        .contains("Enable-Native-Access"));
    }

    @Test
    void linksOtherwise() {
        assertThat(answers(List.of())).containsOnly("linked");
    }

    private static List<String> answers(List<String> options) {
        try (ChildProcess client = JavaPeer.start(options, Client.class)) {
            List<String> answers = List.of(client.readLine(), client.readLine(), client.readLine());
            assertThat(answers.get(1)).isEqualTo(answers.get(0));
            assertThat(answers.get(2)).isEqualTo(answers.get(0));
            client.expectLine("true");
            return answers;
        }
    }
}
