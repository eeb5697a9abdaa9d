"""What clients do to a server: each nuisance has begin(), once, and step(), called about 20 times a second for as long as it lasts.

They share one Crowd of peers. Must not live here: which of them a scenario takes (load.py, soak.py), and the sockets' bytes (clients.py).
"""
import itertools
import json
import random
import time

from crowds.clients import HANDSHAKE, LISTEN, PING, masked, text


class Pace:
    """How often something is due: due() says how many times since it was asked last."""

    def __init__(self, per_second):
        self.per_second, self.began_at, self.done = per_second, time.monotonic(), 0

    def due(self):
        count = int((time.monotonic() - self.began_at) * self.per_second) - self.done
        self.done += count
        return count


class Nuisance:
    """`crowd` is where its peers are, `target` the site, `members` who they are."""

    def __init__(self, crowd, target, members, **more):
        self.crowd, self.target, self.members = crowd, target, list(members)
        self.peers = []
        self.__dict__.update(more)

    def begin(self):
        for member in self.members:
            self.open(member)

    def open(self, member, **more):
        peer = self.crowd.open(self.target.cookie(member), data=member, **more)
        self.peers.append(peer)
        return peer

    def step(self):
        pass

    def come_again(self):
        """Have all that were ended connect again."""
        for peer in [peer for peer in self.peers if not peer.is_open]:
            self.peers.remove(peer)
            self.open(peer.data)


class Idle(Nuisance):
    """Members who are there and say nothing. Opened at a pace that leaves the server time: `per_second`."""
    per_second = 500

    def begin(self):
        self.pace, self.to_come = Pace(self.per_second), iter(self.members)

    def step(self):
        for member in itertools.islice(self.to_come, self.pace.due()):
            self.open(member)


class Silent(Nuisance):
    """Subscribers who read their welcome and nothing more; `again`: who is dropped comes back."""
    again = True

    def begin(self):
        super().begin()
        self.knock = Pace(0.2)

    def open(self, member):
        return super().open(member, reads=False, buffer=4096)

    def step(self):
        # Of these nothing is read, so that the end shows in nothing but a failing write.
        if self.knock.due():
            for peer in self.peers:
                peer.send(masked(PING, b''))
        if self.again:
            self.come_again()


class SlowReaders(Nuisance):
    """Who reads `bytes_per_second` and no more."""
    bytes_per_second = 1000

    def begin(self):
        super().begin()
        self.pace, self.read = Pace(1), 0

    def open(self, member):
        return super().open(member, reads=False, buffer=4096)

    def step(self):
        for _ in range(min(self.pace.due(), 1)):
            for peer in [peer for peer in self.peers if peer.is_open and peer.welcomed]:
                try:
                    peer.read(self.bytes_per_second)
                except BlockingIOError:
                    pass
                except OSError:
                    peer.end()
            self.come_again()


class Writers(Nuisance):
    """Members who keep within the limits and write `content` to `receivers` in turn, `per_second` in all."""
    per_second, content = 10, 'x' * 10_000

    def begin(self):
        super().begin()
        self.pace, self.pairs = Pace(self.per_second), zip(itertools.cycle(self.peers), itertools.cycle(self.receivers))

    def step(self):
        for (peer, receiver), _ in zip(self.pairs, range(self.pace.due())):
            peer.say(type='send', receiver=receiver, content=self.content)


class Flood(Nuisance):
    """Members who send far more than they may, each over `sockets`, `per_second` in all; whoever is closed comes back."""
    sockets, per_second, content, receivers = 1, 1000, 'x' * 100, (1,)

    def begin(self):
        self.frames = [text(type='send', receiver=receiver, content=self.content) for receiver in self.receivers]
        self.pace = Pace(self.per_second)
        for member in self.members * self.sockets:
            self.open(member)

    def step(self):
        self.come_again()
        able = [peer for peer in self.peers if peer.welcomed and len(peer.waiting) < 1 << 20]
        for _ in range(min(self.pace.due(), 20 * len(able))):
            random.choice(able).send(random.choice(self.frames))


class Verbs(Flood):
    """Members who mute, mark and read what they have talked of, far more often than they may; see prepared.fill_stars."""
    each = 100

    def begin(self):
        super().begin()
        self.kinds = itertools.cycle((dict(type='mute', muted=True), dict(type='unread'), dict(type='mute', muted=False),
                                      dict(type='read', number=1)))

    def step(self):
        self.come_again()
        able = [peer for peer in self.peers if peer.welcomed and len(peer.waiting) < 1 << 20]
        for _ in range(min(self.pace.due(), 20 * len(able))):
            peer = random.choice(able)
            first = self.each * self.members.index(peer.data)
            peer.say(conversation=random.randint(first + 1, first + self.each), **next(self.kinds))


class Churn(Nuisance):
    """Connects and leaves again, `per_second`, every third rudely; of every twentieth the session is forged."""
    per_second = 500

    def begin(self):
        self.pace, self.count, self.opened, self.left = Pace(self.per_second), itertools.count(), 0, 0
        self.unwelcome, self.times = 0, []

    def step(self):
        for peer in [peer for peer in self.peers if peer.welcomed or not peer.is_open or time.monotonic() - peer.began_at > 10]:
            self.peers.remove(peer)
            self.left += 1
            self.unwelcome += not peer.welcomed
            self.times.append(peer.took) if peer.took else None
            peer.leave(politely=self.left % 3 > 0)
        for _ in range(self.pace.due()):
            number = next(self.count)
            cookie = self.target.cookie(random.choice(self.members)) if number % 20 else 'session_id_messenger=forged'
            self.peers.append(self.crowd.open(cookie))
            self.opened += 1


class Slowloris(Nuisance):
    """`count` handshakes that say one byte a second; whichever is cut begins again. From `addresses` addresses."""
    count, addresses = 5000, 50

    def begin(self):
        self.pace, self.pace_of_words = Pace(1000), Pace(1)

    def step(self):
        self.peers = [peer for peer in self.peers if peer.is_open]
        for _ in range(min(self.pace.due(), self.count - len(self.peers))):
            source = '127.2.0.%d' % (1 + random.randrange(self.addresses))
            self.peers.append(self.crowd.open(source=source, request=(HANDSHAKE % (LISTEN, ''))[:60].encode()))
        for _ in range(min(self.pace_of_words.due(), 1)):
            for peer in self.peers:
                peer.waiting += b'x'
                peer.watch()


class Syncers(Nuisance):
    """Members who ask for everything since the beginning, page after page; `again`: and then once more."""
    again, pages, events, at_least = False, 0, 0, 0

    def open(self, member):
        return super().open(member, heard=self.heard)

    def heard(self, peer, payload):
        if b'"type":"welcome"' in payload[:100]:
            peer.say(type='sync', since=0)
        elif b'"type":"synced"' in payload[:100]:
            frame = json.loads(payload)
            self.pages += 1
            if frame.get('more') or self.again:
                peer.say(type='sync', since=frame['seq'] if frame.get('more') else 0)
            else:
                self.done = getattr(self, 'done', 0) + 1
        elif b'"type":"message"' in payload[:100]:
            self.events += 1


class Storm(Nuisance):
    """All members come within `seconds`. Who is refused with a status or a code is counted under it, anybody else as `no code`."""
    seconds = 10

    def begin(self):
        self.pace, self.to_come = Pace(len(self.members) / self.seconds), iter(self.members)

    def step(self):
        for member in itertools.islice(self.to_come, self.pace.due()):
            self.open(member)

    def times(self):
        return sorted(peer.took for peer in self.peers if peer.took)
