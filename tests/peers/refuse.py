"""refuse.py : holds a TCP port that refuses every connection, until its standard input ends."""

import socket
import sys

from peer import port_of, say


def main():
    # Bound and not listening: it refuses, and nobody can take its port meanwhile.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    say("PORT", port_of(sock))
    sys.stdin.read()


main()
