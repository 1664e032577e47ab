package dev.filelock.verify;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;

/** One end of a conversation in short lines. Used by one thread at each end, but for {@link #close}. */
final class Link implements Closeable {
    /** Whoever connects is not trusted with more memory than that. */
    private static final int LONGEST_LINE = 2000;

    private static final int CONNECT_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    Link(Socket socket) throws IOException {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    static Link to(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address.getHostString(), address.getPort()), CONNECT_MILLIS);
            return new Link(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    void send(String line) throws IOException {
        String cut = line.replaceAll("\\R", " ");
        byte[] bytes =
                cut.substring(0, Math.min(cut.length(), LONGEST_LINE / 4)).getBytes(StandardCharsets.UTF_8);
        byte[] whole = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, whole, 0, bytes.length);
        whole[bytes.length] = '\n';
        out.write(whole); // in one piece, so that it is one packet
    }

    /**
     * Waits for the next line.
     *
     * @throws EOFException if the other end has closed
     */
    String receive() throws IOException {
        byte[] line = new byte[LONGEST_LINE];
        for (int length = 0; length < LONGEST_LINE; length++) {
            int read = in.read();
            if (read < 0) {
                throw new EOFException("the other end has closed the connection");
            }
            if (read == '\n') {
                return new String(line, 0, length, StandardCharsets.UTF_8);
            }
            line[length] = (byte) read;
        }
        throw new IOException("the other end sent a line of more than " + LONGEST_LINE + " bytes");
    }

    /** Sends a line and waits for the answer. */
    String ask(String line) throws IOException {
        send(line);
        return receive();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
