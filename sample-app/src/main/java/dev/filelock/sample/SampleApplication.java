package dev.filelock.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * A service that keeps its data in plain files, started as often as you like on one directory.
 *
 * <p>Read it in this order: {@link Ledger} (one at a time), {@link PriceCatalog} (many readers or one writer),
 * {@link ReportJob} (in one instance only), then {@code application.yml}. The page in package {@code page} only shows them.
 */
@SpringBootApplication
@EnableScheduling
@ConfigurationPropertiesScan
public class SampleApplication {
    public static void main(String[] args) {
        SpringApplication.run(SampleApplication.class, args);
    }
}
