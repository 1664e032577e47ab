package dev.filelock.verify;

import dev.filelock.LockMode;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears from every contender when it is in and when it is about to leave, and judges by that alone. One thread for each of them,
 * one monitor for all they say.
 */
final class Referee implements Closeable {
    /** Beyond a round and the patience of its contenders: whoever has said nothing by then hangs. */
    private static final Duration HANGS_AFTER = Duration.ofSeconds(30);

    private final ServerSocket server;
    private final String subdirectory;
    private final Map<String, Link> contenders = new LinkedHashMap<>();
    private final List<String> guests = new ArrayList<>();
    private int expected;

    private @Nullable Round round;
    private @Nullable Score score;
    private final List<String> playing = new ArrayList<>();
    private long roundEnds;
    private long turns;

    Referee(InetSocketAddress address, String subdirectory, int ownContenders) throws IOException {
        this.server = new ServerSocket();
        this.subdirectory = subdirectory;
        this.expected = ownContenders;
        server.bind(address);
        start("referee", this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    // ---- who takes part

    private void accept() {
        while (true) {
            try {
                Socket socket = server.accept();
                start("link to " + socket.getRemoteSocketAddress(), () -> welcome(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void welcome(Socket socket) {
        try (Link link = new Link(socket)) {
            String[] words = link.receive().split(" ", 3);
            if (words[0].equals("CONTENDER") && words.length == 3) {
                listen(link, words[1] + "/" + words[2]);
            } else if (words[0].equals("GUEST") && words.length == 3) {
                int processes = Math.min(64, Integer.parseInt(words[2]));
                synchronized (this) {
                    guests.add(words[1]);
                    expected += processes;
                    notifyAll();
                }
                link.send("WELCOME " + subdirectory);
                link.receive(); // nothing more is said; it ends when the guest ends
            }
        } catch (IOException | NumberFormatException e) {
            // whoever this was has gone; a contender's end is noted in listen()
        }
    }

    /** Waits until all have come; false if that takes too long. */
    synchronized boolean awaitContenders(int guestsWanted, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(atMost);
        while (guests.size() < guestsWanted || contenders.size() < expected) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    synchronized String presence() {
        return contenders.size() + " of " + expected + " processes, " + guests.size() + " other hosts";
    }

    synchronized List<String> contenders() {
        return List.copyOf(contenders.keySet());
    }

    // ---- a round

    /**
     * Lets all contend, and judges.
     *
     * @param patience of the contenders for one turn
     * @param progress told the number of turns so far, about twice a second
     */
    Findings play(Round next, Duration patience, LongConsumer progress) throws InterruptedException {
        long now = System.nanoTime();
        Score judged;
        synchronized (this) {
            judged = new Score(contenders());
            score = judged;
            round = next;
            turns = 0;
            roundEnds = now + TimeUnit.NANOSECONDS.convert(next.duration());
            playing.addAll(contenders.keySet());
            contenders.forEach((name, link) -> begin(name, link, next));
        }
        long hopeless = now
                + TimeUnit.NANOSECONDS.convert(next.duration().plus(patience).plus(HANGS_AFTER));
        while (true) {
            long soFar;
            synchronized (this) {
                if (playing.isEmpty()) {
                    break;
                }
                if (System.nanoTime() - hopeless > 0) {
                    playing.forEach(name -> judged.fails(name, "has said nothing for so long that it must hang"));
                    break;
                }
                TimeUnit.MILLISECONDS.timedWait(this, 500);
                soFar = turns;
            }
            progress.accept(soFar);
        }
        synchronized (this) {
            playing.clear();
            score = null;
            return judged.findings(next);
        }
    }

    private void begin(String name, Link link, Round next) {
        try {
            link.send("BEGIN " + next.backend() + " " + next.file());
        } catch (IOException e) {
            Objects.requireNonNull(score).fails(name, "can't be reached: " + e.getMessage());
            playing.remove(name);
        }
    }

    private void listen(Link link, String process) throws IOException {
        String name = process;
        synchronized (this) {
            while (contenders.containsKey(name)) { // containers may share a host name and process ids
                name += "'";
            }
            contenders.put(name, link);
            notifyAll();
        }
        try {
            while (true) {
                String answer = hear(name, link.receive());
                if (answer != null) {
                    link.send(answer);
                }
            }
        } finally {
            synchronized (this) {
                contenders.remove(name);
                if (playing.remove(name) && score != null) {
                    score.fails(name, "ended in the middle of the round");
                }
                notifyAll();
            }
        }
    }

    private synchronized @Nullable String hear(String name, String line) throws IOException {
        long now = System.nanoTime();
        Score judged = score;
        if (judged == null || round == null) {
            return null; // too late to count
        }
        String[] words = line.split(" ", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "ENTER" -> {
                String[] values = rest.split(" ", 2);
                judged.enters(name, LockMode.valueOf(values[0]), Long.parseLong(values[1]), now);
                turns++;
                return "GO";
            }
            case "LEAVE" -> {
                judged.leaves(name, now);
                return now - roundEnds < 0 ? "GO" : "STOP";
            }
            case "DONE" -> {}
            case "STARVED" -> judged.starves(name, rest);
            case "UNAVAILABLE" -> judged.unavailable(name, rest);
            default -> throw new IOException("nobody says " + words[0]);
        }
        playing.remove(name);
        notifyAll();
        return null;
    }

    /** Sends everybody home. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            for (Link link : contenders.values()) {
                try {
                    link.send("QUIT");
                } catch (IOException e) {
                    // it has gone already
                }
            }
        }
        server.close();
    }
}
