/**
 * {@link dev.filelock.spring.FileLocked}: methods of Spring beans that run under a file lock.
 *
 * <p>Needs spring-context and spring-aop only. The starter's auto-configuration brings in
 * {@link dev.filelock.spring.FileLockedConfiguration}; without Spring Boot an application imports it itself.
 */
@NullMarked
package dev.filelock.spring;

import org.jspecify.annotations.NullMarked;
