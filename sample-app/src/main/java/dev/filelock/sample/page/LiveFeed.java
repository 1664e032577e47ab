package dev.filelock.sample.page;

import dev.filelock.sample.Turn;
import dev.filelock.spring.boot.actuate.FileLocksEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends every browser what there is to show: {@code turns} as they are finished, and a {@code state} whenever it is another one.
 * A single thread does it, woken by {@link LockChanges}; while nobody looks, it does nothing.
 */
@Component
class LiveFeed implements InitializingBean, DisposableBean {
    /**
     * What is going on besides finished turns.
     *
     * @param locks what the actuator endpoint {@code filelocks} tells of this JVM
     */
    record State(Here here, FileLocksEndpoint.Locks locks, Tally tally, Stage.Status stage) {}

    /**
     * This service.
     *
     * @param lock the lock file of the ledger that is shown
     */
    record Here(long pid, String account, String ledger, String lock) {}

    /**
     * A message.
     *
     * @param now the service's clock
     */
    record Message(Instant now, State state) {}

    private static final Logger log = LoggerFactory.getLogger(LiveFeed.class);

    private static final int MOST_BROWSERS = 20;
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);
    private static final Duration REST = Duration.ofMillis(40);
    private static final Duration SAY_SOMETHING_EVERY = Duration.ofSeconds(5);
    private static final long RECONNECT_MILLIS = 1000;

    private final FileLocksEndpoint locks;
    private final LockChanges changes;
    private final Stage stage;
    private final JsonMapper json;
    private final Here here;
    private final LedgerView ledger;

    private final Queue<SseEmitter> newcomers = new ConcurrentLinkedQueue<>();
    private final List<SseEmitter> browsers = new ArrayList<>();
    private final AtomicInteger connected = new AtomicInteger();
    private final Thread thread = new Thread(this::run, "page feed");

    private @Nullable State last;
    private Instant lastSent = Instant.EPOCH;

    LiveFeed(FileLocksEndpoint locks, LockChanges changes, Stage stage, PageData data, JsonMapper json) {
        this.locks = locks;
        this.changes = changes;
        this.stage = stage;
        this.json = json;
        this.here = new Here(
                ProcessHandle.current().pid(),
                data.account(),
                data.ledger().toString(),
                data.lock().toString());
        this.ledger = new LedgerView(data.ledger(), json);
        this.thread.setDaemon(true);
    }

    @Override
    public void afterPropertiesSet() {
        thread.start();
    }

    SseEmitter subscribe() {
        if (connected.get() >= MOST_BROWSERS) {
            throw new ResponseStatusException(
                    HttpStatus.SERVICE_UNAVAILABLE, MOST_BROWSERS + " browsers look already; close one");
        }
        connected.incrementAndGet();
        SseEmitter emitter = new SseEmitter(0L);
        emitter.onCompletion(connected::decrementAndGet);
        newcomers.add(emitter);
        changes.signal();
        return emitter;
    }

    private void run() {
        try {
            while (true) {
                changes.await(browsers.isEmpty() && newcomers.isEmpty() ? SAY_SOMETHING_EVERY : LOOK_EVERY);
                if (!browsers.isEmpty() || !newcomers.isEmpty()) {
                    showWhatCanBeShown();
                    Thread.sleep(REST.toMillis()); // a hundred changes in a moment are one to the eye
                }
            }
        } catch (InterruptedException e) {
            browsers.forEach(SseEmitter::complete); // the application ends
        }
    }

    /** The thread lives on, whatever is the matter with a file. */
    private void showWhatCanBeShown() {
        try {
            show();
        } catch (IOException | RuntimeException e) {
            log.warn("The page can't be brought up to date", e);
        }
    }

    private void show() throws IOException {
        Instant now = Turn.now();
        Stage.Status status = stage.status(); // first: once a scene is over, all its turns are in the ledger
        LedgerView.Change change = ledger.follow(now);
        if (!change.isEmpty()) {
            send(browsers, "turns", change);
        }
        State state = state(status);
        if (!state.equals(last) || lastSent.isBefore(now.minus(SAY_SOMETHING_EVERY))) {
            last = state;
            lastSent = now;
            send(browsers, "state", new Message(now, state));
        }
        List<SseEmitter> joining = new ArrayList<>();
        for (SseEmitter each = newcomers.poll(); each != null; each = newcomers.poll()) {
            joining.add(each);
        }
        send(joining, "turns", new LedgerView.Change(true, ledger.recent()));
        send(joining, "state", new Message(now, state));
        browsers.addAll(joining);
    }

    private State state(Stage.Status status) {
        List<Turn> turns = ledger.recent();
        Stage.Status seen = status.withKilled(status.killed().stream()
                .flatMap(each -> each.seenIn(turns).stream())
                .toList());
        return new State(here, locks.locks(), ledger.tally(), seen);
    }

    private void send(List<SseEmitter> receivers, String event, Object data) {
        String text = json.writeValueAsString(data);
        receivers.removeIf(each -> {
            try {
                each.send(SseEmitter.event()
                        .name(event)
                        .reconnectTime(RECONNECT_MILLIS)
                        .data(text, MediaType.TEXT_PLAIN));
                return false;
            } catch (IOException | IllegalStateException e) {
                return true; // the browser is gone
            }
        });
    }

    @Override
    public void destroy() {
        thread.interrupt();
    }
}
