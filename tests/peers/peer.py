"""What every peer needs: sockets of the host with a deadline, known bytes, and output that arrives at once.

The peers know the Python standard library only: they are the independent side of the tests.
"""

import socket
import sys
import zlib

DEADLINE = 30.0


def say(*words, end="\n"):
    """One line to the test, at once."""
    print(*words, end=end, flush=True)


def expect(what, actual, wanted):
    if actual != wanted:
        say(f"UNEXPECTED {what}: got {actual!r}, wanted {wanted!r}")
        sys.exit(1)


def pattern(length, seed=1):
    """Bytes that repeat with no short period, so that a shifted or repeated piece changes the checksum."""
    value, out = (seed * 2654435761 + 12345) & 0xFFFFFFFF, bytearray()
    while len(out) < length:
        value = (value * 1664525 + 1013904223) & 0xFFFFFFFF
        out += value.to_bytes(4, "big")
    return bytes(out[:length])


def crc(data):
    return f"{zlib.crc32(data):08X}"


def with_deadline(sock):
    sock.settimeout(DEADLINE)
    return sock


def tcp_listener(port=0, family=socket.AF_INET):
    sock = with_deadline(socket.socket(family, socket.SOCK_STREAM))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", port))
    sock.listen(64)
    return sock


def accept(listener):
    connection, address = listener.accept()
    return with_deadline(connection), address


def tcp_connection(port):
    return with_deadline(socket.create_connection(("127.0.0.1", port), DEADLINE))


def udp_socket():
    sock = with_deadline(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    return sock


def port_of(sock):
    return sock.getsockname()[1]


def read_to_end(sock):
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def read_exactly(sock, length):
    data = bytearray()
    while len(data) < length:
        part = sock.recv(length - len(data))
        if not part:
            say(f"UNEXPECTED end after {len(data)} of {length} bytes")
            sys.exit(1)
        data += part
    return bytes(data)


def read_line(sock):
    line = bytearray()
    while not line.endswith(b"\n"):
        line += read_exactly(sock, 1)
    return bytes(line)
