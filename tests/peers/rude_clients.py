"""rude_clients.py <port> : four clients of an echo server, one after the other; the server must survive each.

One resets its connection when its echo has come, and one when the server cannot send any more to it. The third
stops reading until the server cannot send any more, and then takes every byte. The last one is as usual.
"""

import random
import select
import socket
import struct
import sys
import zlib

from peer import DEADLINE, expect, read_exactly, read_to_end, say, tcp_connection, with_deadline

# How long nothing moves before a connection counts as stuffed. Too short is no error: then it is less stuffed.
STUFFED_AFTER = 0.3
MOST = 64 * 1024 * 1024


def small_windowed(port):
    """A connection whose other side has soon sent all that fits."""
    sock = with_deadline(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    return sock


def stuff(sock, chance):
    """Sends without reading until nothing moves. Returns how much went, and its checksum."""
    sock.setblocking(False)
    sent = checksum = 0
    while sent < MOST and select.select([], [sock], [], STUFFED_AFTER)[1]:
        data = chance.randbytes(65536)
        count = sock.send(data)
        checksum = zlib.crc32(data[:count], checksum)
        sent += count
    sock.settimeout(DEADLINE)
    return sent, checksum


def reset(sock):
    port = sock.getsockname()[1]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return port


def main():
    port, chance = int(sys.argv[1]), random.Random(4)

    polite = tcp_connection(port)
    polite.sendall(b"a hundred bytes " * 6 + b"last")
    expect("echo", read_exactly(polite, 100)[-4:], b"last")
    say("RESET AFTER ECHO", reset(polite))

    greedy = small_windowed(port)
    stuff(greedy, chance)
    say("RESET WHILE STUFFED", reset(greedy))

    late = small_windowed(port)
    sent, checksum = stuff(late, chance)
    late.shutdown(socket.SHUT_WR)
    received = read_to_end(late)
    expect("late echo", (len(received), zlib.crc32(received)), (sent, checksum))
    say("LATE", sent, "bytes")

    usual = tcp_connection(port)
    usual.sendall(b"still there?")
    usual.shutdown(socket.SHUT_WR)
    expect("usual echo", read_to_end(usual), b"still there?")
    say("ALL WELL")


main()
