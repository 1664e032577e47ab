package dev.filelock.protocol.generation;

import java.security.SecureRandom;
import java.util.HexFormat;

/** The names that participants, their nonces and their drafts have: 32 lower-case hexadecimal digits nobody else draws. */
@FunctionalInterface
interface Tokens {
    int LENGTH = 32;

    String next();

    static Tokens random() {
        SecureRandom random = new SecureRandom();
        return () -> {
            byte[] bytes = new byte[LENGTH / 2];
            random.nextBytes(bytes);
            return HexFormat.of().formatHex(bytes);
        };
    }

    static boolean isToken(String text) {
        if (text.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }
}
