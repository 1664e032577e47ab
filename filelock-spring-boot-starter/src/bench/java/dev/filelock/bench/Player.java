package dev.filelock.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A process that locks as it is told, by lines on its standard input, and answers each with a line. There is one in Java, one in
 * Python and one in C; their clocks are the same monotonic one of the system, in nanoseconds.
 *
 * <table>
 * <caption>What it is told</caption>
 * <tr><td>{@code loop N}</td><td>acquires and releases N times; answers how long that took</td></tr>
 * <tr><td>{@code acquire}</td><td>answers when it had the lock</td></tr>
 * <tr><td>{@code release}</td><td>answers when it began to release</td></tr>
 * <tr><td>{@code race T H}</td><td>for a time T acquires, holds for H and releases; answers each wait</td></tr>
 * <tr><td>{@code crowd N}</td><td>lets N threads wait for the lock; answers once all do (Java only)</td></tr>
 * <tr><td>{@code cpu}</td><td>answers the processor time used so far (Java only)</td></tr>
 * </table>
 */
final class Player {
    private final Kind.Lock lock;

    private Player(Kind.Lock lock) {
        this.lock = lock;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Player player = new Player(Kind.valueOf(arguments[0]).open(Path.of(arguments[1])));
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
            System.out.println(player.answer(line.split(" ")));
        }
        System.exit(0); // threads of a crowd may still wait
    }

    private String answer(String[] words) throws IOException, InterruptedException {
        switch (words[0]) {
            case "loop":
                return Long.toString(loop(Integer.parseInt(words[1])));
            case "acquire":
                lock.acquire();
                return Long.toString(System.nanoTime());
            case "release":
                long now = System.nanoTime();
                lock.release();
                return Long.toString(now);
            case "race":
                return Arrays.stream(race(Long.parseLong(words[1]), Long.parseLong(words[2])))
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(" "));
            case "crowd":
                crowd(Integer.parseInt(words[1]));
                return "waiting";
            case "cpu":
                return Long.toString(((com.sun.management.OperatingSystemMXBean)
                                java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime());
            default:
                throw new IllegalArgumentException(String.join(" ", words));
        }
    }

    private long loop(int count) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            lock.acquire();
            lock.release();
        }
        return System.nanoTime() - begun;
    }

    private long[] race(long nanos, long hold) throws IOException, InterruptedException {
        long[] waits = new long[1024];
        int count = 0;
        long end = System.nanoTime() + nanos;
        while (true) {
            long begun = System.nanoTime();
            if (begun - end > 0) {
                return Arrays.copyOf(waits, count);
            }
            lock.acquire();
            if (count == waits.length) {
                waits = Arrays.copyOf(waits, count * 2);
            }
            waits[count++] = System.nanoTime() - begun;
            if (hold > 0) {
                java.util.concurrent.locks.LockSupport.parkNanos(hold);
            }
            lock.release();
        }
    }

    private static boolean runs(Thread thread) {
        return thread.getState() == Thread.State.RUNNABLE || thread.getState() == Thread.State.NEW;
    }

    private void crowd(int size) throws InterruptedException {
        Thread[] threads = new Thread[size];
        for (int i = 0; i < size; i++) {
            threads[i] = new Thread(() -> {
                try {
                    lock.acquire();
                    lock.release();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            threads[i].setDaemon(true);
            threads[i].start();
        }
        // All but the first in the queue, which sleeps in a system call: Java says that it runs.
        while (Arrays.stream(threads).filter(Player::runs).count() > 1) {
            Thread.sleep(1);
        }
    }
}
