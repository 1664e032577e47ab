/** What locking costs, here and in other libraries, measured side by side; {@code mvn -Pbench} runs it. Not part of any artifact. */
@NullMarked
package dev.filelock.bench;

import org.jspecify.annotations.NullMarked;
