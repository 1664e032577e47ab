package dev.filelock.sample.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTailTest {
    @TempDir
    Path directory;

    private Path file;
    private LedgerTail tail;

    @BeforeEach
    void follow() {
        file = directory.resolve("alice.jsonl");
        tail = new LedgerTail(file);
    }

    @Test
    void aFileThatDoesNotExistHasNoLines() throws Exception {
        assertThat(tail.read()).isEqualTo(LedgerTail.News.NONE);
    }

    @Test
    void eachLineIsReadOnce() throws Exception {
        append("one\ntwo\n");
        assertThat(tail.read().lines()).containsExactly("one", "two");
        assertThat(tail.read()).isEqualTo(LedgerTail.News.NONE);
        append("three\n");
        assertThat(tail.read()).isEqualTo(new LedgerTail.News(false, List.of("three")));
    }

    @Test
    void aLineThatIsStillBeingWrittenIsLeftForLater() throws Exception {
        append("one\ntw");
        assertThat(tail.read().lines()).containsExactly("one");
        assertThat(tail.read().lines()).isEmpty();
        append("ö\n"); // two bytes for one letter
        assertThat(tail.read().lines()).containsExactly("twö");
    }

    @Test
    void aFileThatBecameShorterIsReadFromItsStart() throws Exception {
        append("one\ntwo\n");
        tail.read();
        Files.writeString(file, "new\n");
        assertThat(tail.read()).isEqualTo(new LedgerTail.News(true, List.of("new")));
    }

    @Test
    void anotherFileOfThatNameIsReadFromItsStart() throws Exception {
        append("one\n");
        tail.read();
        Path other = Files.writeString(directory.resolve("other"), "a longer line than before\n");
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(tail.read()).isEqualTo(new LedgerTail.News(true, List.of("a longer line than before")));
    }

    @Test
    void whatWasReadNoLongerCountsWhenTheFileIsGone() throws Exception {
        append("one\n");
        tail.read();
        Files.delete(file);
        assertThat(tail.read()).isEqualTo(new LedgerTail.News(true, List.of()));
        assertThat(tail.read()).isEqualTo(LedgerTail.News.NONE);
        append("one\n");
        assertThat(tail.read().lines()).containsExactly("one");
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
