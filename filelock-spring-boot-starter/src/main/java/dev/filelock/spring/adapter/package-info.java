/**
 * File locks under the interfaces of other libraries, for an application to declare as beans. None is auto-configured: a second
 * {@code LockRegistry} or {@code LockProvider} would make the injection of the first ambiguous.
 */
@NullMarked
package dev.filelock.spring.adapter;

import org.jspecify.annotations.NullMarked;
