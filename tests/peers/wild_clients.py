"""wild_clients.py <port> [clients [seed [resets [urgent]]]] : a crowd of unruly clients of an echo server, all at once.

Each sends a pseudo-random stream of its own in random pieces, with up to so many urgent bytes in it, and compares
every byte that returns; once every one of them has had an echo, they half-close as they come to their ends. The
server sends no urgent byte back; a client that sent any is told "<how many> urgent" in a line behind its echo. Some
read little at a time and rest in between; some read nothing until they cannot write any more. The given number of
them, beside the others, reset their connections in the middle. Prints how it went, or what differed.
"""

import heapq
import random
import selectors
import socket
import struct
import sys
import time

from peer import say

DEADLINE = time.monotonic() + 50.0
LONGEST = 48 * 1024
LONGEST_OF_LATE = 1024 * 1024
LONGEST_PIECE = 9000
GREETING = 1000
SMALL_WINDOW = 4096
# How long a late one finds that it cannot write before it reads. Too short is no error: then it is less late.
PATIENCE = 0.2
LONGEST_REST = 0.01
# A header points at an urgent byte less than 64 kB ahead; a host that has more to send than that points elsewhere.
URGENT_REACH = 30000
DIFFERENCES_SHOWN = 5

EAGER, SLOW, LATE = "eager", "slow", "late"


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
    def __init__(self, number, seed, resets, most_urgent):
        chance = self.chance = random.Random(seed * 1_000_003 + number)
        self.number = number
        self.manner = chance.choices((EAGER, SLOW, LATE), (80, 10, 10))[0]
        # The first ones are what is easily forgotten: nothing to say, and next to nothing.
        length = chance.randrange(2, LONGEST_OF_LATE if self.manner == LATE else LONGEST)
        if not resets and number < 3:
            self.manner, length = EAGER, number
        self.stream = chance.randbytes(length)
        # Each urgent byte goes before the byte with this number, or after them all.
        places = {chance.choice((0, length, chance.randrange(length + 1))) for _ in range(most_urgent)}
        self.urgent_at = sorted(places) if number % 4 else sorted(places)[:1]
        self.sent = self.received = self.urgent_sent = 0
        self.returned_end = None
        self.resets_after = chance.randrange(1, length) if resets else None
        self.half_closed = False
        self.reads_from = 0.0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        if self.manner != EAGER:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)

    def greeted(self):
        """Whether the server is known to serve this one: an echo has come, if there is one to come."""
        return self.received > 0 or not self.stream

    def end(self, all_greeted):
        """How much is to be sent by now: only a beginning until everybody is served."""
        end = len(self.stream) if self.resets_after is None else self.resets_after
        return end if all_greeted else min(end, GREETING)

    def urgent_is_next(self):
        return self.urgent_sent < len(self.urgent_at) and self.urgent_at[self.urgent_sent] == self.sent

    def may_send_urgent(self):
        """One at a time: hosts know the place of the newest only. What follows an urgent byte comes back when the
        server's host has had that byte."""
        if self.sent - self.received > URGENT_REACH:
            return False
        return self.urgent_sent == 0 or self.received > self.urgent_at[self.urgent_sent - 1]

    def wants_to_write(self, all_greeted):
        if self.half_closed:
            return False
        if self.sent < self.end(all_greeted) or all_greeted:
            return not self.urgent_is_next() or self.may_send_urgent()
        return False

    def write(self, all_greeted):
        """One piece. Tells whether the connection is at its end."""
        end = self.end(all_greeted)
        if self.sent == end and self.resets_after is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return True
        if self.urgent_is_next():
            self.sock.send(b"\xFF", socket.MSG_OOB)
            self.urgent_sent += 1
        elif self.sent == end:
            self.sock.shutdown(socket.SHUT_WR)
            self.half_closed = True
            self.returned_end = b"%d urgent\n" % self.urgent_sent if self.urgent_sent else b""
        else:
            if self.urgent_sent < len(self.urgent_at):
                end = min(end, self.urgent_at[self.urgent_sent])
            size = self.chance.choice((1, self.chance.randrange(1, 100), self.chance.randrange(1, LONGEST_PIECE)))
            self.sent += self.sock.send(self.stream[self.sent:min(self.sent + size, end)])
        return False

    def expected(self, start, length):
        """What has to come there, as far as it is known by now."""
        wanted = self.stream[start:min(start + length, self.sent)]
        if self.half_closed and start + length > len(self.stream):
            behind = max(0, start - len(self.stream))
            wanted += self.returned_end[behind:start + length - len(self.stream)]
        return wanted

    def read(self):
        """What has come. Tells whether the connection is at its end."""
        data = self.sock.recv(self.chance.randrange(1, 1500) if self.manner == SLOW else 65536)
        if not data:
            if not self.half_closed or self.received != len(self.stream) + len(self.returned_end):
                raise Different(f"ended after {self.received} of {len(self.stream)} bytes, {self.sent} sent, "
                                f"{self.urgent_sent} urgent")
            return True
        wanted = self.expected(self.received, len(data))
        if data != wanted:
            same = next((at for at, pair in enumerate(zip(data, wanted)) if pair[0] != pair[1]), len(wanted))
            raise Different(f"byte {self.received + same} of {len(self.stream)} is wrong, {self.sent} sent, urgent at "
                            f"{self.urgent_at[:self.urgent_sent]}, got {data[same:same + 20]!r}")
        self.received += len(data)
        return False


class Crowd:
    def __init__(self, port, clients):
        self.selector = selectors.DefaultSelector()
        self.clients = clients
        self.waiting_for_greeting = set(clients)
        self.connecting = set(clients)
        self.unfinished = set(clients)
        self.interests = {}
        self.alarms = []
        self.differences = []
        for client in clients:
            client.sock.connect_ex(("127.0.0.1", port))
            self.watch(client)

    def all_greeted(self):
        return not self.waiting_for_greeting

    def watch(self, client):
        """Waits for what the client wants by now, or until it may want something."""
        now, events = time.monotonic(), 0
        if client in self.connecting or client.wants_to_write(self.all_greeted()):
            events |= selectors.EVENT_WRITE
        if client.reads_from <= now:
            events |= selectors.EVENT_READ
        else:
            heapq.heappush(self.alarms, (client.reads_from, client.number))
        before = self.interests.get(client, 0)
        if events and not before:
            self.selector.register(client.sock, events, client)
        elif events and events != before:
            self.selector.modify(client.sock, events, client)
        elif before and not events:
            self.selector.unregister(client.sock)
        self.interests[client] = events

    def finish(self, client):
        if self.interests.pop(client, 0):
            self.selector.unregister(client.sock)
        client.sock.close()
        self.unfinished.discard(client)
        self.connecting.discard(client)
        self.waiting_for_greeting.discard(client)

    def step(self, client, events):
        """Does what the connection is ready for. Tells whether it is at its end."""
        if client in self.connecting:
            error = client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, "connecting")
            self.connecting.discard(client)
        if events & selectors.EVENT_READ:
            if client.read():
                return True
            if client.manner == SLOW:
                client.reads_from = time.monotonic() + client.chance.random() * LONGEST_REST
        if client.greeted():
            self.waiting_for_greeting.discard(client)
        if events & selectors.EVENT_WRITE and client.wants_to_write(self.all_greeted()):
            # As long as it can write, a late one does not read.
            if client.manner == LATE and self.all_greeted():
                client.reads_from = time.monotonic() + PATIENCE
            return client.write(self.all_greeted())
        return False

    def serve(self, client, events):
        try:
            ended = self.step(client, events)
        except (BlockingIOError, InterruptedError):
            ended = False
        except (OSError, Different) as what:
            self.differences.append(f"client {client.number} ({client.manner}): {what}")
            ended = True
        if ended:
            self.finish(client)
        else:
            self.watch(client)

    def wake_those_who_rested(self):
        now = time.monotonic()
        while self.alarms and self.alarms[0][0] <= now:
            client = self.clients[heapq.heappop(self.alarms)[1]]
            if client in self.unfinished:
                self.watch(client)

    def run(self):
        were_all_greeted = False
        while self.unfinished and not self.differences:
            left = DEADLINE - time.monotonic()
            if left <= 0:
                self.differences.append(f"{len(self.unfinished)} do not end, {len(self.connecting)} not connected, "
                                        f"{len(self.waiting_for_greeting)} without an echo")
                return
            if self.alarms:
                left = max(0.0, min(left, self.alarms[0][0] - time.monotonic()))
            for key, events in self.selector.select(left):
                self.serve(key.data, events)
            self.wake_those_who_rested()
            if self.all_greeted() and not were_all_greeted:
                were_all_greeted = True
                for client in self.unfinished:
                    self.watch(client)


def main():
    words = [int(word) for word in sys.argv[1:]]
    port, count, seed, resets, urgent = words + [500, 1, 0, 3][len(words) - 1:]
    raise_descriptor_limit(count + resets + 64)
    steady = [Client(number, seed, False, urgent) for number in range(count)]
    rude = [Client(count + number, seed, True, urgent) for number in range(resets)]
    crowd = Crowd(port, steady + rude)
    crowd.run()
    for difference in crowd.differences[:DIFFERENCES_SHOWN]:
        say("DIFFERENT", difference)
    if crowd.differences:
        sys.exit(1)
    say("CLIENTS", count, "OK bytes", sum(client.sent for client in steady), end=" ")
    say("urgent", sum(client.urgent_sent for client in steady))
    # How much of it the server got to know, the clients cannot tell.
    say("RESETS", resets, "bytes", sum(client.sent for client in rude), end=" ")
    say("urgent", sum(client.urgent_sent for client in rude))


main()
