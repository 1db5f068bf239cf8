"""open_and_closed.py : two listening ports that say something different, and the number of one that is closed."""

import threading

from peer import accept, port_of, say, tcp_listener


def serve(listener, text):
    connection, _ = accept(listener)
    connection.sendall(text)
    connection.close()


def main():
    alpha, omega, closed = tcp_listener(), tcp_listener(), tcp_listener()
    closed_port = port_of(closed)
    closed.close()
    threads = [threading.Thread(target=serve, args=pair) for pair in ((alpha, b"alpha"), (omega, b"omega"))]
    for thread in threads:
        thread.start()
    say("OPEN", port_of(alpha))
    say("CLOSED", closed_port)
    say("ALSO", port_of(omega))
    for thread in threads:
        thread.join()
    say("BOTH SERVED")


main()
