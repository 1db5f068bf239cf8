"""open_and_closed.py : two listening ports that say something different, and the number of one that is closed."""

import socket
import threading

from peer import accept, port_of, say, tcp_listener


def serve(listener, text):
    connection, _ = accept(listener)
    connection.sendall(text)
    connection.close()


def main():
    alpha, omega = tcp_listener(), tcp_listener()
    # Bound and not listening: it refuses, and nobody can take its port meanwhile.
    closed = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    closed.bind(("127.0.0.1", 0))
    threads = [threading.Thread(target=serve, args=pair) for pair in ((alpha, b"alpha"), (omega, b"omega"))]
    for thread in threads:
        thread.start()
    say("OPEN", port_of(alpha))
    say("CLOSED", port_of(closed))
    say("ALSO", port_of(omega))
    for thread in threads:
        thread.join()
    say("BOTH SERVED")


main()
