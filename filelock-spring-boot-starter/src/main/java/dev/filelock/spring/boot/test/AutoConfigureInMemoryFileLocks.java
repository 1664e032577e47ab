package dev.filelock.spring.boot.test;

import dev.filelock.spring.boot.FileLockAutoConfiguration;
import dev.filelock.spring.boot.InMemoryFileLocksAutoConfiguration;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * On a test class: the application's file locks exist in memory only. No file is made, contexts have nothing to do with each other, and
 * an {@link dev.filelock.InMemoryLocks} bean plays other processes that hold locks.
 *
 * <pre>{@code
 * @SpringBootTest
 * @AutoConfigureInMemoryFileLocks
 * class ReportsTest {
 *     @Test
 *     void saysWhoIsInTheWay(@Autowired Reports reports, @Autowired InMemoryLocks locks) {
 *         try (HeldLock other = locks.holdElsewhere("report")) {
 *             assertThatThrownBy(() -> reports.write()).isInstanceOf(FileLockTimeoutException.class);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>It also brings {@code @FileLocked} to test slices such as {@code @WebMvcTest}, which leave the starter out. Properties, listeners
 * and customizers apply as usual. A {@link dev.filelock.LockRegistry} bean that the application declares itself stays as it is.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration({InMemoryFileLocksAutoConfiguration.class, FileLockAutoConfiguration.class})
public @interface AutoConfigureInMemoryFileLocks {}
