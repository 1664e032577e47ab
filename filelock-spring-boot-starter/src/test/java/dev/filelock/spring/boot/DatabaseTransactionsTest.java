package dev.filelock.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.filelock.HeldLockInfo;
import dev.filelock.LockListener;
import dev.filelock.LockRegistry;
import dev.filelock.spring.FileLocked;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** With a real database: whoever gets the lock after a transaction sees what that transaction committed. */
@Timeout(60)
class DatabaseTransactionsTest {
    private static final int THREADS = 4;
    private static final int TIMES = 25;

    @TempDir
    Path directory;

    private ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class,
                        JdbcTemplateAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class,
                        TransactionManagerCustomizationAutoConfiguration.class,
                        TransactionAutoConfiguration.class,
                        FileLockAutoConfiguration.class))
                .withUserConfiguration(Application.class)
                .withPropertyValues("filelock.directory=" + directory, "spring.datasource.generate-unique-name=true");
    }

    @Test
    void theLockIsReleasedAfterTheCommitOfItsOwnTransaction() {
        application().run(context -> {
            context.getBean(Account.class).deposit(5);
            assertThat(context.getBean(Committed.class).atRelease).containsExactly(5);
        });
    }

    @Test
    void theLockIsReleasedAfterTheCommitOfTheTransactionItWasTakenIn() {
        application().run(context -> {
            Account account = context.getBean(Account.class);
            Committed committed = context.getBean(Committed.class);
            TransactionTemplate transaction = context.getBean(TransactionTemplate.class);
            transaction.executeWithoutResult(status -> {
                account.deposit(5);
                account.deposit(7);
                assertThat(committed.atRelease).isEmpty();
            });
            assertThat(committed.atRelease).containsExactly(12);
            transaction.executeWithoutResult(status -> {
                account.deposit(100);
                status.setRollbackOnly();
            });
            assertThat(committed.atRelease).containsExactly(12, 12);
            assertThat(context.getBean(LockRegistry.class).heldLocks()).isEmpty();
        });
    }

    /** A lock that were released before the commit would let the next one read the old balance. */
    @Test
    void noDepositIsLost() {
        application().run(context -> {
            Account account = context.getBean(Account.class);
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            List<Future<?>> depositors = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                depositors.add(threads.submit(() -> {
                    for (int n = 0; n < TIMES; n++) {
                        account.deposit(1);
                    }
                }));
            }
            threads.shutdown();
            for (Future<?> depositor : depositors) {
                depositor.get(60, TimeUnit.SECONDS);
            }
            assertThat(account.balance()).isEqualTo(THREADS * TIMES);
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {
        @Bean
        Account account(JdbcTemplate database) {
            database.execute("create table account (balance int)");
            database.execute("insert into account values (0)");
            return new Account(database);
        }

        @Bean
        Committed committed(DataSource database) {
            return new Committed(database);
        }
    }

    static class Account {
        private final JdbcTemplate database;

        Account(JdbcTemplate database) {
            this.database = database;
        }

        @FileLocked("account")
        @Transactional
        public void deposit(int amount) {
            int old = balance();
            database.update("update account set balance = ?", old + amount);
        }

        int balance() {
            Integer balance = database.queryForObject("select balance from account", Integer.class);
            return balance == null ? 0 : balance;
        }
    }

    /** What another connection reads at the moment a lock becomes free. */
    static class Committed implements LockListener {
        final List<Integer> atRelease = new CopyOnWriteArrayList<>();
        private final DataSource database;

        Committed(DataSource database) {
            this.database = database;
        }

        @Override
        public void released(HeldLockInfo lock, Duration held) {
            try (Connection another = database.getConnection();
                    ResultSet row = another.createStatement().executeQuery("select balance from account")) {
                row.next();
                atRelease.add(row.getInt(1));
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
