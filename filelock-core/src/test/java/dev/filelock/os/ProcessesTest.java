package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.filelock.testing.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessesTest {
    private final Processes processes = Processes.system();

    @Test
    void knowsThisProcess() {
        long pid = ProcessHandle.current().pid();
        assertThat(processes.pid()).isEqualTo(pid);
        assertThat(processes.alive(pid)).isTrue();
        assertThat(processes.startToken(pid)).isNotNull().isEqualTo(processes.startToken(pid));
        assertThat(processes.describe(pid)).startsWith("java");
        assertThat(processes.remark(pid)).isNull();
    }

    @Test
    void worksUnderAnInterruptedThread() {
        long pid = processes.pid();
        Thread.currentThread().interrupt();
        try {
            assertThat(processes.startToken(pid)).isNotNull();
            assertThat(processes.describe(pid)).isNotNull();
            assertThat(processes.hostField()).isNotEmpty();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void knowsThatAnotherUsersProcessIsAlive() {
        // Process 1 belongs to root: kill answers success or EPERM, and /proc may hide it.
        assertThat(processes.alive(1)).isTrue();
    }

    @Test
    void knowsAReapedChildIsDead() {
        ChildProcess child = ChildProcess.start("true");
        child.waitFor();
        assertThat(processes.alive(child.pid())).isFalse();
        assertThat(processes.startToken(child.pid())).isNull();
        assertThat(processes.describe(child.pid())).isNull();
        assertThat(processes.remark(child.pid())).isNull();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void countsAZombieAsAliveAndSaysWhoDidNotReapIt() {
        // The child ends only once its parent is no shell any more, which could reap it.
        String script =
                "p=$$; (until read c < /proc/$p/comm && [ $c = sleep ]; do :; done; exec sleep 0) & echo $!; exec sleep 60";
        try (ChildProcess parent = ChildProcess.start("sh", "-c", script)) {
            long zombie = Long.parseLong(parent.readLine());
            await().until(() -> processes.remark(zombie) != null);
            assertThat(processes.remark(zombie))
                    .isEqualTo("a zombie: its parent, pid " + parent.pid() + " (sleep), has not reaped it");
            assertThat(processes.alive(zombie)).isTrue();
            assertThat(processes.startToken(zombie)).isNotNull();
            assertThat(processes.describe(zombie)).isEqualTo("sleep");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void saysThatAProcessIsStopped() {
        try (ChildProcess child = ChildProcess.start("sleep", "60")) {
            child.suspend();
            await().untilAsserted(
                            () -> assertThat(processes.remark(child.pid())).isEqualTo("stopped by a signal"));
            child.resume();
            await().untilAsserted(
                            () -> assertThat(processes.remark(child.pid())).isNull());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void namesAScriptAndHidesItsArguments(@TempDir Path directory) throws Exception {
        Path script = Files.writeString(directory.resolve("import.sh"), "echo up; read line");
        try (ChildProcess child = ChildProcess.start("sh", "-e", script.toString(), "--password=secret")) {
            child.expectLine("up");
            assertThat(processes.describe(child.pid())).isEqualTo("sh import.sh");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Integer.MIN_VALUE, 1L + Integer.MAX_VALUE, Long.MAX_VALUE})
    void refusesNumbersThatKillWouldTakeForSomethingElse(long pid) {
        assertThatThrownBy(() -> processes.alive(pid))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Long.toString(pid));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "pid:[4026531836], null",
                "pid:[4026532449], 4026532449",
                "pid:[], null",
                "mnt:[4026532449], null",
                "pid:[99999999999999999999], null",
            })
    void readsThePidNamespace(String link, Long inode) {
        assertThat(LinuxProcesses.namespace(link)).isEqualTo(inode);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            delimiter = '|',
            value = {
                "/usr/bin/python3 -u -W ignore -Xdev /srv/import.py --token secret | python3 import.py",
                "python3.11 -m http.server --bind secret | python3.11 -m http.server",
                "python3 -Bmpip install | python3 -m pip",
                "python3 -c secret() | python3",
                "python3 -uc secret() | python3",
                "python3 - secret | python3",
                "python3 --unknown secret script.py | python3",
                "python3 -- /srv/a.py secret | python3 a.py",
                "python3 -m | python3",
                "python3 -W | python3",
                "python3 | python3",
                "/opt/jdk/bin/java -Xmx1g -cp /a:/b -Dpassword=secret com.acme.Main secret | java com.acme.Main",
                "java --add-modules x -ea -jar /srv/app.jar --secret | java app.jar",
                "java --module-path=/m -m app/com.acme.Main secret | java app/com.acme.Main",
                "java --module=app/com.acme.Main secret | java app/com.acme.Main",
                "java @args secret | java",
                "java --unheard-of secret Main | java",
                "java -jar | java",
                "java -version | java",
                "java /src/Hello.java secret | java Hello.java",
                "node --require /x/secret.js --inspect=0 --max-old-space-size=9 /srv/server.js secret | node server.js",
                "node -e secret() | node",
                "node --unknown secret /srv/server.js | node",
                "-bash | bash",
                "bash -eu -o pipefail /srv/run.sh secret | bash run.sh",
                "bash --norc +x /srv/run.sh | bash run.sh",
                "sh -c secret | sh",
                "bash -s secret | bash",
                "perl -w -I /lib -MFoo=secret /srv/a.pl secret | perl a.pl",
                "perl -e secret | perl",
                "ruby -w -rjson -I lib /srv/a.rb secret | ruby a.rb",
                "/usr/sbin/postgres -D secret | postgres",
                "curl https://user:secret@host/ | curl",
            })
    void namesExecutableAndScriptOnly(String commandLine, String name) {
        assertThat(ProcessNames.describe(List.of(commandLine.split(" ")))).isEqualTo(name);
    }

    @Test
    void takesNothingFromATitleThatAProcessGaveItself() {
        assertThat(ProcessNames.describe(List.of("postgres: user secret [local] SELECT")))
                .isNull();
        assertThat(ProcessNames.describe(List.of())).isNull();
        assertThat(ProcessNames.describe(List.of(""))).isNull();
        assertThat(ProcessNames.describe(List.of("/"))).isNull();
    }

    @Test
    void letsNoNameForgeALogLine() {
        assertThat(ProcessNames.describe(List.of("/tmp/x\u001b[2J"))).isEqualTo("x?[2J");
        assertThat(ProcessNames.describe(List.of("python3", "a\nERROR b"))).isEqualTo("python3 a?ERROR b");
        assertThat(ProcessNames.describe(List.of("x".repeat(5000)))).hasSize(100);
    }

    @Test
    void splitsACommandLineAtItsNuls() {
        assertThat(LinuxProcesses.arguments("a\0b c\0\0")).containsExactly("a", "b c", "");
        assertThat(LinuxProcesses.arguments("a\0cut sho")).containsExactly("a");
        assertThat(LinuxProcesses.arguments("")).isEmpty();
    }

    @Test
    void readsStatBehindACommandOfAnyName() {
        String rest = " S 41 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 291749 1 2 3";
        for (String command : List.of("(sh)", "(a) b ()", "(a) Z 1 2 3 4)", "()", "())")) {
            ProcStat stat = ProcStat.parse("42 " + command + rest);
            assertThat(stat).isNotNull();
            assertThat(stat.state()).isEqualTo('S');
            assertThat(stat.parent()).isEqualTo(41);
            assertThat(stat.threads()).isEqualTo(3);
            assertThat(stat.startTime()).hasToString("291749");
        }
    }

    @Test
    void doesNotTakeAProcessForAZombieWhileAnyOfItsThreadsRuns() {
        String start = "42 (x) Z 41 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 ";
        assertThat(ProcStat.parse(start + "3 0 291749").zombie()).isFalse();
        assertThat(ProcStat.parse(start + "1 0 291749").zombie()).isTrue();
    }

    @Test
    void survivesAnyBytes() {
        Random random = new Random(42);
        String alphabet = "()Z 0123456789-\0\n\u00e9abc/=@+";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(80); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            ProcStat.parse(text.toString());
            ProcStat.parse("1 (x) S " + text);
            ProcessNames.describe(LinuxProcesses.arguments(text.toString()));
            ProcessNames.describe(LinuxProcesses.arguments("python3\0" + text));
            ProcessNames.describe(LinuxProcesses.arguments("java\0" + text));
        }
    }
}
