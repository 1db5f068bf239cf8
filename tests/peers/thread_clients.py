"""thread_clients.py <port> : concurrent clients of thread_server; the last one stops it under two silent ones."""

import sys
import threading

from peer import expect, read_line, read_to_end, say, tcp_connection

CLIENTS, NUMBERS = 8, 50


def adder(port, number):
    connection = tcp_connection(port)
    for value in range(NUMBERS):
        connection.sendall(b"%d\r\n" % (number * 1000 + value))
        read_line(connection)
    connection.close()


def ends(connection):
    """How a silent client sees the server stop: an abortive close by Windows' rule, or an orderly one."""
    try:
        return "end" if read_to_end(connection) == b"" else "data"
    except ConnectionResetError:
        return "reset"


def main():
    port = int(sys.argv[1])
    threads = [threading.Thread(target=adder, args=(port, number)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Each has had an answer, so each has a thread of the server that now sits in recv or is about to.
    silent = [tcp_connection(port) for _ in range(2)]
    for connection in silent:
        connection.sendall(b"0\n")
        read_line(connection)

    stopper = tcp_connection(port)
    stopper.sendall(b"-5\n")
    total = sum(number * 1000 + value for number in range(CLIENTS) for value in range(NUMBERS)) - 5
    expect("total", read_line(stopper), b"total %d\r\n" % total)
    stopper.sendall(b"stop\n")
    say("TOTAL", total)
    say("SILENT", *[ends(connection) for connection in silent])


main()
