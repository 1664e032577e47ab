package dev.filelock.protocol.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.protocol.FileIdentity;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Which of several copies of the library has a file; two that both had it would not exclude each other. */
class OpenFilesTest {
    private static final FileIdentity FILE = new FileIdentity(-1, -1); // nobody's

    private final OpenFiles open = OpenFiles.ofThisJvm();

    @Test
    void whoeverIsAboutToOpenTheFileKeepsItThoughItIsNotOpenYet() {
        BooleanSupplier aboutToOpen = () -> true;
        BooleanSupplier other = () -> false;
        assertThat(open.register(FILE, aboutToOpen)).isNull();
        assertThat(open.register(FILE, other)).isSameAs(aboutToOpen);
        open.unregister(FILE, aboutToOpen);
        assertThat(open.register(FILE, other)).isNull();
        open.unregister(FILE, other);
    }

    @Test
    void whoeverLetsGoAndTakesItAgainAtOnceKeepsIt() {
        BooleanSupplier owner = new BooleanSupplier() {
            @Override
            public boolean getAsBoolean() {
                open.unregister(FILE, this);
                assertThat(open.register(FILE, this)).isNull(); // by another thread, in truth
                return true;
            }
        };
        BooleanSupplier other = () -> false;
        assertThat(open.register(FILE, owner)).isNull();
        assertThat(open.register(FILE, other)).isSameAs(owner);
        open.unregister(FILE, owner);
    }

    @Test
    void whoeverLetsGoLosesIt() {
        BooleanSupplier owner = new BooleanSupplier() {
            @Override
            public boolean getAsBoolean() {
                open.unregister(FILE, this);
                return true;
            }
        };
        BooleanSupplier other = () -> false;
        assertThat(open.register(FILE, owner)).isNull();
        assertThat(open.register(FILE, other)).isNull();
        open.unregister(FILE, other);
    }
}
