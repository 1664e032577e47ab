package dev.filelock.docs

import dev.filelock.spring.FileLocked
import org.springframework.stereotype.Service

// What the pages show in Kotlin, word for word, so that it compiles.

interface Numbers {
    suspend fun next(year: Int): String
}

@Service
open class Invoices(private val numbers: Numbers) {
    @FileLocked("invoices/#{#year}")
    open suspend fun number(year: Int): String = numbers.next(year)
}
