"""greeting6.py : greets one client over IPv6 in UTF-8, in two pieces that cut a character in half."""

import socket

from peer import accept, port_of, say, tcp_listener

GREETING = "Grüße aus dem IPv6-Netz €".encode()


def main():
    try:
        listener = tcp_listener(family=socket.AF_INET6)
    except OSError as error:
        say("NO IPV6", error)
        return
    say("PORT", port_of(listener))
    connection, address = accept(listener)
    say("CLIENT", address[0])
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(GREETING[:3])
    connection.sendall(GREETING[3:])
    connection.close()


main()
