package dev.filelock.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NativeLinkTest {

    @Test
    void keepsAnInterruptThatLinkingWouldSwallow() {
        NativeLink<String> link = new NativeLink<>(() -> Thread.interrupted() ? "interrupted" : "linked");

        Thread.currentThread().interrupt();
        String result = link.get();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(result).isEqualTo("linked");
    }

    @Test
    void linksOnceAndRemembersAFailure() {
        AtomicInteger tries = new AtomicInteger();
        NativeLink<String> link = new NativeLink<>(() -> {
            tries.incrementAndGet();
            throw new IOException("no such library");
        });

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(link::get)
                    .isInstanceOf(NativeAccessException.class)
                    .hasMessageContaining("no such library");
        }

        assertThat(tries).hasValue(1);
    }
}
