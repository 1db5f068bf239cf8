"""checksum_clients.py <port> [clients [seed [resets]]] : many clients of an echo server, all connected at once.

Each sends a pseudo-random stream of its own in random pieces while it reads back what returns; once every one of
them has had an echo, they half-close as they come to their ends, and read to the end of the echo. The given number
of them, beside the others, reset their connections in the middle instead. Prints how it went, or what differed.
"""

import random
import selectors
import socket
import struct
import sys
import time
import zlib

from peer import say

DEADLINE = time.monotonic() + 50.0
LONGEST = 64 * 1024
LONGEST_PIECE = 9000
DIFFERENCES_SHOWN = 5


class Different(Exception):
    """What came back is not what was sent."""


def raise_descriptor_limit(wanted):
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Client:
    def __init__(self, number, seed, resets):
        self.chance = random.Random(seed * 1_000_003 + number)
        # One has nothing to say, one a single byte, and two what fills, or just not, a usual buffer.
        lengths = [LONGEST] if resets else [LONGEST, 0, 1, 4096, 4097]
        length = lengths[number] if number < len(lengths) else self.chance.randrange(2, LONGEST)
        self.number = number
        self.stream = self.chance.randbytes(length)
        self.sent = self.received = self.checksum = 0
        self.resets_after = self.chance.randrange(1, length) if resets else None
        self.half_closed = False
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setblocking(False)

    def greeted(self):
        """Whether the server is known to serve this one: an echo has come, if there is one to come."""
        return self.received > 0 or not self.stream

    def limit(self, all_greeted):
        """How much may be sent by now: only a beginning until everybody is served."""
        end = len(self.stream) if self.resets_after is None else self.resets_after
        return end if all_greeted else min(end, 1000)

    def wants_to_write(self, all_greeted):
        return not self.half_closed and (all_greeted or self.sent < self.limit(False))

    def write(self, all_greeted):
        """One piece. Tells whether the connection is at its end."""
        limit = self.limit(all_greeted)
        if self.sent < limit:
            size = self.chance.choice((1, self.chance.randrange(1, 100), self.chance.randrange(1, LONGEST_PIECE)))
            self.sent += self.sock.send(self.stream[self.sent:min(self.sent + size, limit)])
        if self.sent == limit and all_greeted:
            if self.resets_after is not None:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return True
            self.sock.shutdown(socket.SHUT_WR)
            self.half_closed = True
        return False

    def read(self):
        """What has come. Tells whether the connection is at its end."""
        data = self.sock.recv(65536)
        if not data:
            if self.received != len(self.stream) or not self.half_closed:
                raise Different(f"ended after {self.received} of {len(self.stream)} bytes, {self.sent} sent")
            if self.checksum != zlib.crc32(self.stream):
                raise Different(f"checksum {self.checksum:08X}, wanted {zlib.crc32(self.stream):08X}")
            return True
        wanted = self.stream[self.received:self.received + len(data)]
        if data != wanted or self.received + len(data) > self.sent:
            same = next((at for at, pair in enumerate(zip(data, wanted)) if pair[0] != pair[1]), len(wanted))
            raise Different(f"byte {self.received + same} of {len(self.stream)} is wrong, {self.sent} sent")
        self.received += len(data)
        self.checksum = zlib.crc32(data, self.checksum)
        return False


class Crowd:
    def __init__(self, port, clients):
        self.selector = selectors.DefaultSelector()
        self.waiting_for_greeting = set(clients)
        self.connecting = set(clients)
        self.unfinished = set(clients)
        self.interests = {}
        self.differences = []
        for client in clients:
            client.sock.connect_ex(("127.0.0.1", port))
            self.watch(client, selectors.EVENT_WRITE)

    def watch(self, client, events):
        if client not in self.interests:
            self.selector.register(client.sock, events, client)
        elif self.interests[client] != events:
            self.selector.modify(client.sock, events, client)
        self.interests[client] = events

    def finish(self, client):
        self.selector.unregister(client.sock)
        client.sock.close()
        self.unfinished.discard(client)
        self.connecting.discard(client)
        self.waiting_for_greeting.discard(client)

    def all_greeted(self):
        return not self.waiting_for_greeting

    def step(self, client, events):
        """Does what the connection is ready for. Tells whether it is at its end."""
        if client in self.connecting:
            error = client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, "connecting")
            self.connecting.discard(client)
        if events & selectors.EVENT_READ and client.read():
            return True
        if client.greeted():
            self.waiting_for_greeting.discard(client)
        if events & selectors.EVENT_WRITE and client.wants_to_write(self.all_greeted()):
            return client.write(self.all_greeted())
        return False

    def serve(self, client, events):
        try:
            ended = self.step(client, events)
        except (BlockingIOError, InterruptedError):
            ended = False
        except (OSError, Different) as what:
            self.differences.append(f"client {client.number}: {what}")
            ended = True
        if ended:
            self.finish(client)
        elif client.wants_to_write(self.all_greeted()):
            self.watch(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        else:
            self.watch(client, selectors.EVENT_READ)

    def run(self):
        were_all_greeted = False
        while self.unfinished and not self.differences:
            left = DEADLINE - time.monotonic()
            if left <= 0:
                self.differences.append(f"{len(self.unfinished)} do not end, {len(self.connecting)} not connected, "
                                        f"{len(self.waiting_for_greeting)} without an echo")
                return
            for key, events in self.selector.select(left):
                self.serve(key.data, events)
            if self.all_greeted() and not were_all_greeted:
                were_all_greeted = True
                for client in self.unfinished:
                    self.watch(client, selectors.EVENT_READ | selectors.EVENT_WRITE)


def main():
    port, count, seed, resets = [int(word) for word in sys.argv[1:]] + [1000, 1, 0][len(sys.argv) - 2:]
    raise_descriptor_limit(count + resets + 64)
    steady = [Client(number, seed, False) for number in range(count)]
    rude = [Client(number, seed + 1, True) for number in range(resets)]
    crowd = Crowd(port, steady + rude)
    crowd.run()
    for difference in crowd.differences[:DIFFERENCES_SHOWN]:
        say("DIFFERENT", difference)
    if crowd.differences:
        sys.exit(1)
    say("CLIENTS", count, "OK bytes", sum(client.received for client in steady), end="")
    say(f", {resets} RESET" if resets else "")


main()
