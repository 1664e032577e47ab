package dev.filelock.bench;

import dev.filelock.spring.FileLocked;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

/** What the starter adds to the start of an application. */
final class StartUp {
    /** What {@code spring-boot-starter} and this starter bring: of all that is here for tests, no more. */
    private static final String OF_THE_APPLICATION =
            "(spring-(core|beans|context|aop|expression|boot|boot-autoconfigure|boot-micrometer-observation)"
                    + "|micrometer-(commons|observation)|logback-(classic|core)|log4j-(api|to-slf4j)|jul-to-slf4j|slf4j-api"
                    + "|commons-logging|jakarta.annotation-api|snakeyaml|jspecify|jna|sqlite-jdbc)-[0-9].*\\.jar";

    private static final String OURS = ".*filelock-(core|spring-boot-starter).*[/\\\\](classes|[^/\\\\]*\\.jar)";

    private final Bench bench;

    StartUp(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        List<Double> difference = new ArrayList<>();
        for (int round = 0; round < bench.count(11); round++) {
            without.add(start(Bare.class, false));
            with.add(start(Locked.class, true));
            difference.add(with.get(round) - without.get(round));
        }
        double more = Figures.of(difference).median();
        bench.report
                .heading("Start of an application")
                .text(
                        "An application of `spring-boot-starter` and no more, from `main` to ready; with our starter it has one locked "
                                + "method. It has an `@Async` method either way, since the first proxy of an application costs more than all that "
                                + "follow, whoever asks for it.\n")
                .table("Application", "Time to ready")
                .row("without the starter", Text.time(Figures.of(without).median()))
                .row("with it", Text.time(Figures.of(with).median()))
                .row("difference, median of the rounds", Text.time(more));
        bench.report.goal("starter's share of application start-up", "≤ 100 ms", Text.time(more), more <= 100e6);
    }

    private double start(Class<?> application, boolean starter) throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith(".jar")
                        || Path.of(entry).getFileName().toString().matches(OF_THE_APPLICATION)
                        || entry.matches(OURS))
                .filter(entry -> starter || !entry.matches(OURS))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dfilelock.directory=" + bench.work,
                        "-Dlogging.level.root=OFF",
                        "-Dspring.main.banner-mode=off",
                        "-cp",
                        classPath,
                        application.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            String nanos = out.lines()
                    .filter(line -> line.startsWith("ready "))
                    .findFirst()
                    .orElseThrow();
            process.waitFor();
            return Double.parseDouble(nanos.substring(6));
        }
    }

    private static void run(Class<?> application) {
        long begun = System.nanoTime();
        SpringApplication spring = new SpringApplication(application);
        spring.setWebApplicationType(WebApplicationType.NONE);
        try (ConfigurableApplicationContext context = spring.run()) {
            System.out.println("ready " + (System.nanoTime() - begun));
        }
    }

    /** Has a proxy, as most applications. */
    public static class Proxied {
        @Async
        public void asynchronous() {}
    }

    /** Knows nothing of locks. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableAsync
    public static class Bare {
        public static void main(String[] arguments) {
            run(Bare.class);
        }

        @Bean
        Proxied proxied() {
            return new Proxied();
        }
    }

    /** The same, with a locked method. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableAsync
    public static class Locked {
        public static void main(String[] arguments) {
            run(Locked.class);
        }

        /** The service. */
        public static class Service {
            @FileLocked("literal")
            public void locked() {}
        }

        @Bean
        Proxied proxied() {
            return new Proxied();
        }

        @Bean
        Service service() {
            return new Service();
        }
    }
}
