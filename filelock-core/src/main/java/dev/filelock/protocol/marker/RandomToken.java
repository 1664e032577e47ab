package dev.filelock.protocol.marker;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names that nobody else has chosen or can guess. */
final class RandomToken {
    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomToken() {}

    /** 128 bits in lower-case hex. */
    static String next() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
