package dev.filelock.os;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A host name as the soft protocols write it: printable ASCII without spaces, at most 253 characters, never empty. */
final class HostField {
    private static final int LONGEST = 253;
    private static final int KEPT_OF_LONGER = 244;
    private static final int DIGEST_CHARACTERS = 8;

    private HostField() {}

    static String of(byte[] name) {
        if (name.length == 0) {
            return "?";
        }
        StringBuilder field = new StringBuilder(name.length);
        for (byte b : name) {
            if (b >= 0x21 && b <= 0x7e && b != '?') {
                field.append((char) b);
            } else {
                field.append('?').append(HexFormat.of().toHexDigits(b));
            }
        }
        return field.length() <= LONGEST
                ? field.toString()
                : field.substring(0, KEPT_OF_LONGER) + '-' + digest(field.substring(KEPT_OF_LONGER));
    }

    private static String digest(String rest) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(rest.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
