package dev.filelock.sample;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says in the log what can be tried, with the real address and the real directory. */
@Component
class StartupNotice {
    private static final Logger log = LoggerFactory.getLogger(StartupNotice.class);

    private final Path data;
    private final Environment environment;

    StartupNotice(SampleProperties properties, Environment environment) {
        this.data = properties.data();
        this.environment = environment;
    }

    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        int port = environment.getRequiredProperty("local.server.port", Integer.class);
        log.info(text(port));
    }

    String text(int port) {
        return """


                filelock for Java, sample: http://127.0.0.1:%1$d (pid %2$d)
                Data, the same for every instance: %3$s

                Open that address in a browser, press a button, and watch the lock being taken and passed on. Or by hand:
                Hold alice's ledger for 20 seconds, from here or with util-linux:
                  curl -X POST "http://127.0.0.1:%1$d/ledger/alice/hold?seconds=20"
                  flock "%4$s" sleep 20
                Meanwhile let others try, each in its own terminal; they wait, then go on, or say who holds it:
                  curl -X POST "http://127.0.0.1:%1$d/ledger/alice?amount=5"
                  python3 sample-app/src/main/python/append_ledger.py --data "%3$s" --account alice --count 20
                See who holds and who waits:
                  curl http://127.0.0.1:%1$d/actuator/filelocks
                Start a second instance:
                  mvn -pl sample-app -am spring-boot:run "-Dspring-boot.run.arguments=--server.port=%5$d%6$s"
                (python3 and mvn: from the root of the repository.)
                """.formatted(
                        port,
                        ProcessHandle.current().pid(),
                        data,
                        data.resolve("ledger").resolve("alice.lock"),
                        port + 1,
                        data.equals(Path.of(System.getProperty("user.home"), ".filelock-sample"))
                                ? ""
                                : " --sample.data=" + data);
    }
}
