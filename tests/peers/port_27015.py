"""port_27015.py <program> : runs the program against a server on its fixed port, and shows what both saw.

Ends with status 3 when the port is taken.
"""

import errno
import subprocess
import sys
import threading

from peer import DEADLINE, accept, pattern, read_to_end, say, tcp_listener


def serve(listener):
    connection, _ = accept(listener)
    say("SERVER GOT", read_to_end(connection).decode())
    connection.sendall(pattern(300))
    connection.close()


def main():
    try:
        listener = tcp_listener(27015)
    except OSError as error:
        sys.exit(3 if error.errno == errno.EADDRINUSE else error)
    server = threading.Thread(target=serve, args=(listener,))
    server.start()
    done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, timeout=DEADLINE, check=False)
    server.join()
    say(done.stdout.decode(), end="")
    say("EXIT", done.returncode)


main()
