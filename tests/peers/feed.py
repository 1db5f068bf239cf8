"""feed.py : the feed that scatter_receive.c connects to: a record in uneven pieces, then four datagrams."""

import socket
import struct

from peer import accept, expect, port_of, read_line, read_to_end, say, tcp_listener, udp_socket


def main():
    listener = tcp_listener()
    say("PORT", port_of(listener))
    connection, _ = accept(listener)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    word, port = read_line(connection).split()
    expect("request", word, b"udp")
    client = ("127.0.0.1", int(port))

    body = b"scatter and gather!!"
    record = struct.pack(">II", 0x4F575332, len(body)) + body
    for start, end in ((0, 3), (3, 9), (9, 15), (15, len(record))):
        connection.sendall(record[start:end])

    datagrams = udp_socket()
    datagrams.sendto(b"KIND" + b"sixteen at most", client)
    datagrams.sendto(b"LONG" + b"0123456789abcdef" + b" and this is lost", client)
    datagrams.sendto(b"twelve bytes" + b" and more", client)
    datagrams.sendto(b"short", client)

    expect("what follows", read_to_end(connection), b"")
    say("DONE")


main()
