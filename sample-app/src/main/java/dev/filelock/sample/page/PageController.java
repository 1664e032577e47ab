package dev.filelock.sample.page;

import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The page's stream of events, and its buttons. The page itself is {@code static/index.html}. */
@RestController
@RequestMapping("/page")
class PageController {
    private final LiveFeed feed;
    private final Stage stage;

    PageController(LiveFeed feed, Stage stage) {
        this.feed = feed;
        this.stage = stage;
    }

    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter events() {
        return feed.subscribe();
    }

    @PostMapping("/contend")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void contend() throws IOException {
        stage.contend();
    }

    @PostMapping("/hold")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void hold() throws IOException {
        stage.hold();
    }

    @PostMapping("/kill")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void kill() {
        stage.killSecond();
    }

    @PostMapping("/leave")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void leave() throws IOException {
        stage.leaveClaim();
    }

    @PostMapping("/break")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void breakClaims() {
        stage.breakClaims();
    }

    @PostMapping("/stop")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void stop() {
        stage.stop();
    }
}
