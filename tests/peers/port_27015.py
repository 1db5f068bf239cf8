"""port_27015.py <how> <program> [<argument> ...] : runs the program against a server on its fixed port.

how = answers   the server reads to the end, then sends known bytes
      feeds     the server sends pieces, each when the program has told on its terminal that it has the one before

Shows what both saw. Ends with status 3 when the port is taken.
"""

import errno
import os
import re
import select
import subprocess
import sys
import threading

from peer import DEADLINE, accept, expect, pattern, read_to_end, say, tcp_listener

PIECES = (1, 300, 4096, 5000, 100_000)


def answer(listener):
    connection, _ = accept(listener)
    say("SERVER GOT", read_to_end(connection).decode())
    connection.sendall(pattern(300))
    connection.close()


def run_with_answers(listener, command):
    server = threading.Thread(target=answer, args=(listener,))
    server.start()
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=DEADLINE, check=False)
    server.join()
    say(done.stdout.decode(), end="")
    return done.returncode


def lines_of(terminal):
    """The lines that appear on the terminal, until nobody has it open any more."""
    written = b""
    while True:
        expect("output in time", bool(select.select([terminal], [], [], DEADLINE)[0]), True)
        try:
            data = os.read(terminal, 4096)
        except OSError as error:
            # Linux tells the end of a terminal's program by this error, other hosts by no data.
            expect("error of the terminal", error.errno, errno.EIO)
            data = b""
        if not data:
            return
        *lines, written = (written + data).split(b"\n")
        for line in lines:
            text = line.decode().rstrip("\r")
            say(text)
            yield text


def feed(connection, lines):
    for size in PIECES:
        connection.sendall(pattern(size))
        count = 0
        while count < size:
            line = next(lines, "the end of the program")
            told = re.fullmatch(r"Read (\d+) bytes", line)
            expect("line", line if told is None else "a count", "a count")
            count += int(told[1])
        expect("count", count, size)
        say("FED", size)


def run_feeding(listener, command):
    # To a terminal a program writes line by line.
    terminal, programs_side = os.openpty()
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=programs_side)
    os.close(programs_side)
    try:
        lines = lines_of(terminal)
        connection, _ = accept(listener)
        expect("first line", next(lines, None), "Client connected...")
        feed(connection, lines)
        connection.close()
        for _ in lines:
            pass
        return program.wait(DEADLINE)
    finally:
        program.kill()
        program.wait()
        os.close(terminal)


def main():
    how, command = sys.argv[1], sys.argv[2:]
    try:
        listener = tcp_listener(27015)
    except OSError as error:
        sys.exit(3 if error.errno == errno.EADDRINUSE else error)
    run = {"answers": run_with_answers, "feeds": run_feeding}[how]
    say("EXIT", run(listener, command))


main()
