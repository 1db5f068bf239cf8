"""reply_once.py <how> : a server for one TCP client; reads it to its end, then answers.

how = bytes:N   N known bytes, then an orderly close
      text:T    the text T, then an orderly close
      reset     nothing: the connection is reset
"""

import socket
import struct
import sys

from peer import accept, crc, pattern, port_of, read_to_end, say, tcp_listener


def main():
    how, _, argument = sys.argv[1].partition(":")
    listener = tcp_listener()
    say("PORT", port_of(listener))
    connection, _ = accept(listener)
    request = read_to_end(connection)
    say("REQUEST", len(request), crc(request), request[:64].decode("utf-8", "replace"))

    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        answer = argument.encode() if how == "text" else pattern(int(argument))
        connection.sendall(answer)
        say("ANSWER", len(answer), crc(answer))
    connection.close()


main()
