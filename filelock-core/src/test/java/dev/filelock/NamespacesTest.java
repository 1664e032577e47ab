package dev.filelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.filelock.testing.ChildProcess;
import dev.filelock.testing.JavaPeer;
import dev.filelock.testing.PythonPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two hosts on one share, as containers of one host name are: separate mount, PID and UTS namespaces on one directory. In each, the
 * holder's process id is nobody's or somebody else's.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class NamespacesTest {
    private static final List<String> ELSEWHERE =
            List.of("unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc");

    private static final Path INITIAL_NAMESPACE = Path.of("pid:[" + 0xEFFFFFFCL + "]");

    @TempDir
    Path directory;

    @BeforeEach
    void requireNamespaces() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(ELSEWHERE);
        command.add("true");
        boolean permitted;
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            permitted = process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            permitted = false;
        }
        Assumptions.assumeTrue(
                permitted || Boolean.parseBoolean(System.getenv(PythonPeer.REQUIRED)),
                "unshare is not permitted here, so there is no second PID namespace");
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "SOFT", "MARKER", "LEASE", "STRICT", "SQLITE_WRITE", "GENERATION_WRITE"})
    void javaDoesNotTakeALockFromJavaOfAnotherNamespace(LockKind kind) throws Exception {
        Path path = directory.resolve("shared" + kind.suffix);
        try (ChildProcess holder = java(kind, path);
                ChildProcess other = java(kind, path)) {
            holder.writeLine("acquire").expectLine("held");
            assertThat(other.ask("try 300")).startsWith("timeout");
            FileLock here = kind.lock(path);
            assertThatThrownBy(() -> here.acquire(Duration.ofMillis(300))).isInstanceOf(FileLockTimeoutException.class);
            assertThat(holder.ask("release")).isEqualTo("released");
            try (HeldLock held = here.acquire(Duration.ofSeconds(30))) {
                assertThat(other.ask("try 300")).startsWith("timeout");
            }
            assertThat(other.ask("try 30000")).isEqualTo("held");
        }
    }

    /** What the documentation warns of. If Python should come to know better, this tells. */
    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"SOFT", "MARKER", "LEASE"})
    void pythonTakesAMarkerFromJavaOfAnotherNamespaceAndJavaSaysSo(LockKind kind) throws Exception {
        Path path = directory.resolve("shared.lock");
        try (ChildProcess python = python(kind, path)) {
            python.expectLine("ready");
            try (HeldLock held = kind.lock(path).acquire()) {
                python.writeLine("").expectLine("held");
                assertThatThrownBy(held::ensureValid).isInstanceOf(LockLostException.class);
            }
        }
    }

    @Test
    void pythonDoesNotTakeAStrictLockFromJavaOfAnotherNamespace() throws Exception {
        Path path = directory.resolve("shared.lock");
        try (ChildProcess python = python(LockKind.STRICT, path)) {
            python.expectLine("ready");
            try (HeldLock held = LockKind.STRICT.lock(path).acquire()) {
                python.writeLine("").expectLine("timeout");
                held.ensureValid();
            }
        }
    }

    /** The same the other way round: a marker that names no namespace passes for one of the initial namespace. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = LockKind.class,
            names = {"SOFT", "MARKER", "LEASE"})
    void javaOfTheInitialNamespaceTakesAMarkerFromPythonOfAnother(LockKind kind) throws Exception {
        Assumptions.assumeTrue(
                Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).equals(INITIAL_NAMESPACE),
                "this is a container, where Java waits for markers that name no namespace");
        Path path = directory.resolve("taken.lock");
        try (ChildProcess python = python(kind, path)) {
            python.expectLine("ready").writeLine("").expectLine("held");
            kind.lock(path).acquire(Duration.ofSeconds(30)).close();
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = LockKind.class,
            names = {"SOFT", "MARKER"})
    void javaInAContainerWaitsForAMarkerOfPythonUntilItIsRemovedByHand(LockKind kind) throws Exception {
        PythonPeer.require();
        Path path = directory.resolve("left.lock");
        List<String> command = new ArrayList<>(ELSEWHERE);
        command.addAll(List.of("sh", "-c", "\"$1\" -c \"$2\" \"$3\"; shift 3; exec \"$@\"", "sh"));
        command.add(PythonPeer.command().get(0));
        command.add(String.format("""
                import filelock, os, sys
                path, timeout = sys.argv[1], 60
                lock = %s
                lock.acquire()
                os._exit(1)
                """, kind.pythonLock()));
        command.add(path.toString());
        command.addAll(peer(kind, path));
        try (ChildProcess java = ChildProcess.start(command).expectLine("ready")) {
            assertThat(java.ask("try 300")).startsWith("timeout");
            Files.delete(path);
            assertThat(java.ask("try 30000")).isEqualTo("held");
        }
    }

    private static ChildProcess java(LockKind kind, Path path) {
        List<String> command = new ArrayList<>(ELSEWHERE);
        command.addAll(peer(kind, path));
        return ChildProcess.start(command).expectLine("ready");
    }

    private static List<String> peer(LockKind kind, Path path) {
        List<String> command = JavaPeer.command(List.of());
        command.addAll(List.of(Peer.class.getName(), kind.name(), path.toString()));
        return command;
    }

    private static ChildProcess python(LockKind kind, Path path) {
        PythonPeer.require();
        int timeout = kind == LockKind.STRICT ? 1 : 60; // where it does not get the lock, and where it does
        List<String> command = new ArrayList<>(ELSEWHERE);
        command.addAll(PythonPeer.command());
        command.addAll(List.of("-c", String.format("""
                import filelock, sys
                path, timeout = sys.argv[1], %d
                print('ready')
                sys.stdin.readline()
                try:
                    with %s:
                        print('held')
                        sys.stdin.readline()
                except filelock.Timeout:
                    print('timeout')
                """, timeout, kind.pythonLock()), path.toString()));
        return ChildProcess.start(command);
    }
}
