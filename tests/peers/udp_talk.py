"""udp_talk.py <port> : talks to udp_server, and makes it meet a closed port and a datagram that is too long."""

import sys

from peer import expect, port_of, say, udp_socket


def main():
    server = ("127.0.0.1", int(sys.argv[1]))
    sock = udp_socket()
    say("TALKER", port_of(sock))

    def ask(datagram):
        sock.sendto(datagram, server)
        answer, sender = sock.recvfrom(2048)
        expect("sender", sender, server)
        return answer

    expect("answer", ask(b"hello"), b"received 5 bytes")
    expect("answer to an empty datagram", ask(b""), b"received 0 bytes")
    expect("answer to a full buffer", ask(b"0123456789abcdef" * 2), b"received 32 bytes")
    expect("answer to too much", ask(b"the beginning of a long message, the end of it"), b"too long")
    expect("answer after too much", ask(b"still there?"), b"received 12 bytes")

    # A socket connected to itself refuses everybody else, and nobody can take its port meanwhile.
    closed = udp_socket()
    closed_port = port_of(closed)
    closed.connect(closed.getsockname())
    say("CLOSED", closed_port)
    sock.sendto(b"reply-to %d" % closed_port, server)
    expect("answer after a refusal", ask(b"and now?"), b"received 8 bytes")
    expect("farewell", ask(b"quit"), b"bye")
    say("ALL WELL")


main()
