"""bystanders.py <port> : one client that comes and goes, under two that stay when the server ends."""

import socket
import sys

from peer import expect, read_exactly, read_to_end, say, tcp_connection


def ends(connection):
    """How one that stays sees the server end: an abortive close by Windows' rule, or an orderly one."""
    try:
        return "end" if read_to_end(connection) == b"" else "data"
    except ConnectionResetError:
        return "reset"


def main():
    port = int(sys.argv[1])
    # An echo shows that the server has the connection, and by then it waits for more.
    staying = [tcp_connection(port) for _ in range(2)]
    for connection in staying:
        connection.sendall(b"1")
        read_exactly(connection, 1)

    going = tcp_connection(port)
    going.sendall(b"hello")
    going.shutdown(socket.SHUT_WR)
    expect("echo", read_to_end(going), b"hello")
    say("STAYING", *[ends(connection) for connection in staying])


main()
