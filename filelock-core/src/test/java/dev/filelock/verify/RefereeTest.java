package dev.filelock.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.LockBackend;
import dev.filelock.verify.Findings.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The referee, and contenders that have no lock at all and say what the test wants. */
class RefereeTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private Referee referee;
    private Link a;
    private Link b;

    @BeforeEach
    void twoContendersCome() throws Exception {
        referee = new Referee(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "sub", 2);
        a = contender("1");
        b = contender("2");
        assertThat(referee.awaitContenders(0, LONG)).isTrue();
    }

    @AfterEach
    void allGo() throws IOException {
        referee.close();
        a.close();
        b.close();
    }

    @Test
    void catchesALockThatLetsTwoIn() throws Exception {
        CompletableFuture<Findings> findings = play(LONG);
        expectBegin(a);
        expectBegin(b);

        assertThat(a.ask("ENTER EXCLUSIVE 5")).isEqualTo("GO");
        assertThat(b.ask("ENTER EXCLUSIVE 5")).isEqualTo("GO");
        assertThat(a.ask("LEAVE")).isEqualTo("GO");
        assertThat(b.ask("LEAVE")).isEqualTo("GO");
        a.send("DONE");
        b.send("DONE");

        assertThat(findings.join().verdict()).isEqualTo(Verdict.UNSAFE);
        assertThat(findings.join().remarks())
                .containsExactly("host/2 entered in mode EXCLUSIVE while host/1 was in (EXCLUSIVE)");
    }

    @Test
    void stopsEachAtTheEndOfItsTurnOnceTheTimeIsUp() throws Exception {
        CompletableFuture<Findings> findings = play(Duration.ofMillis(1));
        expectBegin(a);
        expectBegin(b);
        a.ask("ENTER EXCLUSIVE 0");
        while (a.ask("LEAVE").equals("GO")) {
            a.ask("ENTER EXCLUSIVE 0");
        }
        a.send("DONE");
        b.ask("ENTER EXCLUSIVE 0");
        assertThat(b.ask("LEAVE")).isEqualTo("STOP");
        b.send("DONE");

        assertThat(findings.join().verdict()).isEqualTo(Verdict.SAFE);
    }

    @Test
    void doesNotWaitForAProcessThatDied() throws Exception {
        CompletableFuture<Findings> findings = play(LONG);
        expectBegin(a);
        a.ask("ENTER EXCLUSIVE 0");
        a.ask("LEAVE");
        a.send("DONE");
        b.close();

        assertThat(findings.join().verdict()).isEqualTo(Verdict.FAILED);
        assertThat(findings.join().remarks()).containsExactly("host/2: ended in the middle of the round");
    }

    @Test
    void tellsApartProcessesOfOneNameAndId() throws Exception {
        try (Link twin = contender("1")) {
            org.awaitility.Awaitility.await().until(() -> referee.contenders().size() == 3);
            assertThat(referee.contenders()).containsExactlyInAnyOrder("host/1", "host/2", "host/1'");
            assertThat(twin).isNotNull();
        }
    }

    @Test
    void outlivesGuestsThatTalkNonsense() throws Exception {
        try (Link stranger = Link.to(referee.address())) {
            stranger.send("GET / HTTP/1.1");
            stranger.send("x".repeat(10_000));
        }
        try (Link liar = Link.to(referee.address())) {
            liar.send("GUEST x many");
        }
        catchesALockThatLetsTwoIn();
    }

    private CompletableFuture<Findings> play(Duration duration) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return referee.play(new Round(LockBackend.NATIVE, "sub", duration), LONG, turns -> {});
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private Link contender(String pid) throws IOException {
        Link link = Link.to(referee.address());
        link.send("CONTENDER host " + pid);
        return link;
    }

    private static void expectBegin(Link link) throws IOException {
        assertThat(List.of(link.receive().split(" "))).containsExactly("BEGIN", "NATIVE", "sub/native.lock");
    }
}
