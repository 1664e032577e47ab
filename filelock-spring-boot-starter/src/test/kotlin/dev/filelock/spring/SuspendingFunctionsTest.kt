package dev.filelock.spring

import dev.filelock.FileLockTimeoutException
import dev.filelock.FileLocks
import dev.filelock.LockDeadlockException
import dev.filelock.LockRegistry
import java.io.IOException
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import org.springframework.context.annotation.AnnotationConfigApplicationContext

/** The lock of a suspending function is held until its coroutine is done; a neighbour on the same file sees when. */
@Timeout(60)
class SuspendingFunctionsTest {
    @TempDir
    lateinit var directory: Path

    private lateinit var context: AnnotationConfigApplicationContext
    private lateinit var registry: LockRegistry
    private lateinit var neighbours: LockRegistry
    private lateinit var service: Service

    @BeforeEach
    fun startContext() {
        context = Contexts.start(directory, Service::class.java)
        registry = context.getBean(LockRegistry::class.java)
        neighbours = LockRegistry.builder().directory(directory).build()
        service = context.getBean(Service::class.java)
    }

    @AfterEach
    fun stop() {
        neighbours.close()
        context.close()
    }

    /** Asked on a thread of its own, so that no hold of a call chain answers. */
    private fun isFree(name: String): Boolean = CompletableFuture.supplyAsync {
        val held = neighbours.lock(name).tryAcquire()
        held.ifPresent { it.close() }
        held.isPresent
    }.join()

    @Test
    fun `the lock is held while the function is suspended and free when its caller goes on`() = runBlocking<Unit> {
        assertThat(service.run { delay(1); isFree("a") }).isFalse()
        assertThat(isFree("a")).isTrue()
        assertThat(FileLocks.find()).isEmpty()
        service.unit()
        assertThat(isFree("a")).isTrue()
    }

    @Test
    fun `a caller suspends while it waits and occupies no thread`() = runBlocking<Unit> {
        val release = CompletableDeferred<Unit>()
        val holding = async { service.run { release.await() } }
        while (isFree("a")) delay(1)
        val waiting = List(50) { async { service.run { isFree("a") } } } // of the one thread of runBlocking
        launch {
            while (registry.waitingLocks().size < 50) delay(1)
            release.complete(Unit)
        }
        holding.await()
        assertThat(waiting.awaitAll()).hasSize(50).containsOnly(false)
        assertThat(registry.heldLocks()).isEmpty()
    }

    @Test
    fun `what the function throws arrives as it is and ends the hold`() {
        assertThatThrownBy { runBlocking { service.run { delay(1); throw IOException("mine") } } }
            .isInstanceOf(IOException::class.java)
            .hasMessage("mine")
        assertThat(isFree("a")).isTrue()
    }

    @Test
    fun `the coroutine carries the hold over every thread it runs on`() = runBlocking<Unit> {
        val seen = CopyOnWriteArrayList<String>()
        suspend fun ask() {
            seen += FileLocks.current().path().fileName.toString() + service.run { isFree("a") } + service.blocking()
            assertThatThrownBy { registry.lock("a").lock() }.isInstanceOf(LockDeadlockException::class.java)
        }
        service.run {
            ask()
            delay(1)
            ask()
            withContext(Dispatchers.IO) { ask() }
            coroutineScope { launch(Dispatchers.Default) { ask() } }
            assertThat(currentCoroutineContext()[CoroutineName]?.name).isNull()
        }
        assertThat(seen).hasSize(4).containsOnly("a.lockfalsein")
        withContext(CoroutineName("caller")) {
            service.run { assertThat(currentCoroutineContext()[CoroutineName]?.name).isEqualTo("caller") }
        }
    }

    @Test
    fun `a caller that cancels while it waits leaves the queue`() = runBlocking<Unit> {
        neighbours.lock("a").acquire().use {
            val ran = AtomicBoolean()
            val waiting = launch(Dispatchers.Default) { service.run { ran.set(true) } }
            await().until { registry.waitingLocks().size == 1 }
            waiting.cancelAndJoin()
            await().until { registry.waitingLocks().isEmpty() }
            assertThat(ran).isFalse()
        }
        assertThat(isFree("a")).isTrue()
    }

    @Test
    fun `the lock is held until a cancelled function has really ended`() = runBlocking<Unit> {
        val begun = CompletableDeferred<Unit>()
        val cleanedUp = CompletableDeferred<Unit>()
        val running = launch(Dispatchers.Default) {
            service.run {
                try {
                    begun.complete(Unit)
                    delay(60_000)
                } finally {
                    withContext(NonCancellable) { cleanedUp.await() }
                }
            }
        }
        begun.await()
        running.cancelAndJoin()
        assertThat(isFree("a")).isFalse()
        cleanedUp.complete(Unit)
        await().until { isFree("a") }
        assertThat(registry.heldLocks()).isEmpty()
    }

    @Test
    fun `who comes too late is told, skips or gets another answer`() = runBlocking<Unit> {
        val release = CompletableDeferred<Unit>()
        val holding = async(Dispatchers.Default) { service.run { release.await() } }
        await().until { !isFree("a") }
        assertThatThrownBy { runBlocking { service.once() } }.isInstanceOf(FileLockTimeoutException::class.java)
        assertThat(service.skipping()).isNull()
        service.skippingUnit()
        assertThat(service.falling("x")).isEqualTo("instead of x: FileLockTimeoutException")
        assertThat(service.fallingOutside("x")).isEqualTo("outside x")
        release.complete(Unit)
        holding.await()
        assertThat(service.once()).isEqualTo("ran")
        assertThat(service.skipping()).isEqualTo("ran")
        assertThat(service.falling("x")).isEqualTo("ran x")
    }

    @Test
    fun `the path and several locks are those of each call`() = runBlocking<Unit> {
        assertThat(service.several(listOf("y", "x"))).isEqualTo("y.lock")
        assertThat(registry.heldLocks()).isEmpty()
    }

    @Test
    fun `a flow is locked for each collector until that has ended`() = runBlocking<Unit> {
        val runs = AtomicInteger()
        val values = service.flow(runs) { isFree("a") }
        assertThat(runs).hasValue(0)
        assertThat(values.toList()).containsExactly("a.lock false", "a.lock false")
        assertThat(isFree("a")).isTrue()
        assertThat(values.map { "$it" }.first()).isEqualTo("a.lock false")
        await().until { isFree("a") }
        assertThat(runs).hasValue(2)
    }

    @Test
    fun `a Deferred is refused, and what a suspending function returns that is used later`() {
        for ((service, message) in listOf(
            ReturnsDeferred::class.java to "return what it yields from a suspending function",
            SuspendsForAStream::class.java to "suspending function that returns Stream",
            SuspendsForAMono::class.java to "suspending function that returns Mono",
            SkipsText::class.java to "its result, String, can't say",
            FallsBackWithoutSuspending::class.java to "make it suspend fun instead(String)")) {
            assertThatThrownBy { Contexts.start(directory, service).close() }
                .isInstanceOf(FileLockMisuseException::class.java)
                .hasMessageContaining(message)
        }
    }

    @Test
    fun `no hold leaks however calls are cancelled`() {
        runBlocking(Dispatchers.Default) {
            repeat(500) { i ->
                val job = launch { service.run { delay((i % 3).toLong()) } }
                if (i % 2 == 0) launch { delay((i % 5).toLong()); job.cancel() }
            }
        }
        await().atMost(30, TimeUnit.SECONDS).until {
            registry.heldLocks().isEmpty() && registry.waitingLocks().isEmpty()
        }
        assertThat(isFree("a")).isTrue()
    }

    open class Service {
        @FileLocked("a")
        open suspend fun <T> run(body: suspend () -> T): T = body()

        @FileLocked("a")
        open suspend fun unit() = delay(1)

        @FileLocked("a")
        open fun blocking() = "in"

        @FileLocked(path = "a", timeout = "0")
        open suspend fun once(): String = "ran"

        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        open suspend fun skipping(): String? = "ran"

        @FileLocked(path = "a", onTimeout = FileLocked.OnTimeout.SKIP)
        open suspend fun skippingUnit() = delay(1)

        @FileLocked(path = "a", fallback = "instead")
        open suspend fun falling(name: String): String = "ran $name"

        suspend fun instead(name: String, reason: FileLockTimeoutException): String {
            delay(1)
            return "instead of $name: ${reason.javaClass.simpleName}"
        }

        @FileLocked(path = "a", fallback = "outside")
        open suspend fun fallingOutside(name: String): String = "ran $name"

        suspend fun outside(name: String): String {
            delay(1)
            return "outside $name"
        }

        @FileLocked("#{#names}")
        open suspend fun several(names: List<String>): String {
            delay(names.size.toLong())
            return FileLocks.current().path().fileName.toString()
        }

        @FileLocked("a")
        open fun flow(runs: AtomicInteger, free: () -> Boolean): Flow<String> {
            runs.incrementAndGet()
            return flow {
                emit("${FileLocks.current().path().fileName} ${free()}")
                withContext(NonCancellable) { delay(1) }
                emit("${FileLocks.current().path().fileName} ${free()}")
            }
        }
    }

    open class ReturnsDeferred {
        @FileLocked("x")
        open fun run(): kotlinx.coroutines.Deferred<String> = CompletableDeferred("")
    }

    open class SuspendsForAStream {
        @FileLocked("x")
        open suspend fun run(): java.util.stream.Stream<String> = java.util.stream.Stream.of("")
    }

    open class SuspendsForAMono {
        @FileLocked("x")
        open suspend fun run(): reactor.core.publisher.Mono<String> = reactor.core.publisher.Mono.just("")
    }

    open class SkipsText {
        @FileLocked(path = "x", onTimeout = FileLocked.OnTimeout.SKIP)
        open suspend fun run(): String = ""
    }

    open class FallsBackWithoutSuspending {
        @FileLocked(path = "x", fallback = "instead")
        open suspend fun run(name: String): String = name

        fun instead(name: String): String = name
    }
}
