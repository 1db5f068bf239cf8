"""late_answer.py : answers a question only when it is asked for the third time."""

from peer import accept, expect, port_of, read_line, say, tcp_listener

QUESTION = b"what time is it?\n"


def main():
    listener = tcp_listener()
    say("PORT", port_of(listener))
    connection, _ = accept(listener)
    for _ in range(3):
        expect("question", read_line(connection), QUESTION)
    connection.sendall(b"late o'clock")
    expect("what follows", connection.recv(1), b"")
    say("ASKED", 3)


main()
