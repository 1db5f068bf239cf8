"""echo_clients.py <port> <bytes of client 1> [<bytes of client 2> ...] : concurrent clients of an echo server.

Each sends known bytes in pieces of odd sizes while it reads back what returns, and compares.
"""

import socket
import sys
import threading

from peer import crc, expect, pattern, read_to_end, say, tcp_connection


def client(number, port, length, failures):
    sent = pattern(length, number)
    connection = tcp_connection(port)

    def write():
        position, size = 0, 1
        while position < length:
            connection.sendall(sent[position:position + size])
            position += size
            size = size * 3 % 20011
        connection.shutdown(socket.SHUT_WR)

    writer = threading.Thread(target=write)
    writer.start()
    received = read_to_end(connection)
    writer.join()
    connection.close()
    if received != sent:
        failures.append(f"client {number}: sent {len(sent)} {crc(sent)}, got {len(received)} {crc(received)}")


def main():
    port, lengths = int(sys.argv[1]), [int(word) for word in sys.argv[2:]]
    failures = []
    threads = [threading.Thread(target=client, args=(number, port, length, failures))
               for number, length in enumerate(lengths, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("echoes", failures, [])
    say("ECHOED", len(lengths), "clients,", sum(lengths), "bytes")


main()
