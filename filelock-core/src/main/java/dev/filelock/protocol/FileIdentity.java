package dev.filelock.protocol;

/**
 * Which file it is, whatever its names.
 *
 * @param device {@code st_dev} on Unix, the volume serial number on Windows
 * @param inode {@code st_ino} on Unix, the file index on Windows
 */
public record FileIdentity(long device, long inode) {}
