"""select_clients.py <port> : the clients that a server on select has to cope with, three in all.

One does not read until the end; two talk meanwhile, of which one sends an urgent byte and the other ends with a
reset.
"""

import socket
import struct
import sys

from peer import crc, expect, pattern, read_exactly, read_to_end, say, tcp_connection


def main():
    port = int(sys.argv[1])

    lazy = tcp_connection(port)
    bulk = pattern(12000, 7)
    lazy.sendall(bulk)

    first, second = tcp_connection(port), tcp_connection(port)
    for turn in range(20):
        for talker, name in ((first, b"first"), (second, b"second")):
            line = b"%s %d" % (name, turn)
            talker.sendall(line)
            expect("echo", read_exactly(talker, len(line)), line)

    first.send(b"U", socket.MSG_OOB)
    expect("answer to the urgent byte", read_exactly(first, 1), b"!")

    second.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    second.close()

    first.shutdown(socket.SHUT_WR)
    expect("end of the first", read_to_end(first), b"")

    lazy.shutdown(socket.SHUT_WR)
    returned = read_to_end(lazy)
    expect("what the lazy one got", (len(returned), crc(returned)), (len(bulk), crc(bulk)))
    say("ALL WELL", len(returned), "bytes")


main()
