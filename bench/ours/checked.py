"""A round in which members repeat themselves, contradict themselves and are refused, one in a hundred each, and what became of it.

    python -m ours.checked [--kill] [--messages 3000] [--uri postgres://…]      # in the folder bench; prints JSON

With --kill the sidecar is killed outright in the middle and started again; whoever was there comes back, asks for what they missed and
sends again what was not acked. What each has seen and was told in the end is held against the rows.
"""
import argparse
import json
import random
import shutil
import sys
import tempfile

from crowds.clients import Crowd
from referee import arrivals
from sites.target import Target

from .host import NO_LIMITS

MEMBERS, WINDOW, ONE_IN = 20, 4, 100
NOBODY = 1_000_000
PATIENCE = 120


class Talker:
    """One member and their socket: what they wrote, what they were told, what they have seen."""

    def __init__(self, floor, client):
        self.floor, self.client, self.partner = floor, client, (client ^ 1) + 1
        self.peer, self.is_synced, self.cursor, self.live, self.place = None, False, 0, 0, 0
        self.asked, self.seen, self.acks, self.due, self.faults = {}, {}, {}, {}, []

    def come(self):
        self.is_synced = False
        self.peer = self.floor.crowd.open(self.floor.target.cookie(self.client + 1), heard=self.heard)

    def heard(self, peer, payload):
        frame = json.loads(payload)
        kind = getattr(self, 'on_' + frame['type'], None)
        if peer is self.peer and kind:
            kind(frame)

    def on_welcome(self, frame):
        self.say(type='sync', since=self.cursor)

    def on_synced(self, frame):
        if frame.get('more'):
            return self.say(type='sync', since=frame['seq'])
        self.is_synced, self.cursor, self.live = True, max(frame['seq'], self.cursor), 0
        for ref, content in self.asked.items():
            self.send(ref, content)
        self.write()

    def on_message(self, frame):
        seq, (sender, place) = frame['seq'], parts(frame['content'])
        if self.is_synced:
            if seq <= self.live:
                self.faults.append('client %d got seq %d after %d' % (self.client, seq, self.live))
            self.cursor, self.live = max(self.cursor, seq), seq
        # What an answer to `sync` has brought may come live as well: clients know it by its seq, as the page does.
        self.seen[seq] = arrivals.Record(self.client, 0, sender, frame['conversation'], place, seq, frame['number'])

    def on_ack(self, frame):
        ref = frame['ref']
        told = frame['conversation'], frame['seq'], frame['number']
        if self.acks.setdefault(ref, told) != told:
            self.faults.append('message %s was acked with other places than before' % ref)
        self.asked.pop(ref, None)
        self.write()

    def on_error(self, frame):
        ref = frame.get('ref')
        if self.due.pop(ref, None) != frame['code']:
            self.faults.append('%s was refused with %s' % (ref, frame['code']))

    def write(self):
        """Keep so many under way; and now and then what must not be stored again, or at all."""
        while self.is_synced and len(self.asked) < WINDOW and self.floor.take():
            ref, content = '%d.%d.0' % (self.client, self.place), '~%d.%d~ hello' % (self.client, self.place)
            self.place += 1
            self.asked[ref] = content
            self.send(ref, content)
            self.stray(ref, content)

    def stray(self, ref, content):
        chance = self.floor.chance.randrange(ONE_IN)
        if chance == 0:
            self.send(ref, content)
            self.floor.repeats += 1
        elif chance == 1 and self.acks:
            known = self.floor.chance.choice([one for one in self.acks if one not in self.due] or [None])
            if known:
                self.due[known] = 'conflict'
                self.send(known, 'something else')
                self.floor.conflicts += 1
        elif chance == 2:
            self.due['nobody' + ref] = 'no_such_user'
            self.say(type='send', ref='nobody' + ref, receiver=NOBODY, content=content)
            self.floor.refusals += 1

    def send(self, ref, content):
        self.say(type='send', ref=ref, receiver=self.partner, content=content)

    def say(self, **frame):
        self.peer.say(**frame)


class Floor:
    """All of them, and how many messages are left to be written."""

    def __init__(self, target, messages):
        self.target, self.left, self.chance = target, messages, random.Random(messages)
        self.repeats = self.conflicts = self.refusals = 0
        self.crowd = None
        self.talkers = [Talker(self, client) for client in range(MEMBERS)]

    def take(self):
        self.left -= 1
        return self.left >= 0

    def come(self):
        self.crowd = Crowd(self.target.port)
        for talker in self.talkers:
            talker.come()

    def run_until(self, left):
        """Go on until so many are left to be written; with none until all is quiet."""
        if left:
            return self.crowd.wait(lambda: self.left <= left, PATIENCE)
        is_over = self.crowd.wait(lambda: self.left < 0 and not any(one.asked or one.due for one in self.talkers), PATIENCE)
        self.crowd.run(1)       # what comes twice comes now
        return is_over

    def kill(self):
        """Nothing that waits for a refusal is sent again: an error leaves nothing behind that could be asked for."""
        self.target.sidecar.kill()
        self.crowd.close()
        for talker in self.talkers:
            talker.due.clear()
        self.target.start()
        self.come()


def parts(content):
    sender, place = content.split('~')[1].split('.')
    return int(sender), int(place)


def round_of(messages, is_killed, uri=None):
    folder = tempfile.mkdtemp(prefix='bench-')
    target = Target(folder, MEMBERS, uri=uri, **NO_LIMITS).start()
    try:
        floor = Floor(target, messages)
        floor.come()
        if is_killed:
            floor.run_until(messages // 2)
            floor.kill()
        is_over = floor.run_until(0)
        floor.crowd.close()
        return judged(floor, is_over, messages)
    finally:
        target.close()
        shutil.rmtree(folder, ignore_errors=True)


def judged(floor, is_over, messages):
    rows = floor.target.sidecar.db.executesql(arrivals.ROWS % 0)
    records = [talker.seen[seq] for talker in floor.talkers for seq in sorted(talker.seen)]
    for talker in floor.talkers:
        for ref, (conversation, seq, number) in talker.acks.items():
            client, place = map(int, ref.split('.')[:2])
            records.append(arrivals.Record(talker.client, 1, client, conversation, place, seq, number))
    faults = [] if is_over else ['it did not come to an end in %d s' % PATIENCE]
    faults += [fault for talker in floor.talkers for fault in talker.faults] + arrivals.faults(records, rows)
    if len(rows) != messages:
        faults.append('%d messages were written and %d are stored' % (messages, len(rows)))
    return {'rows': len(rows), 'repeats': floor.repeats, 'conflicts': floor.conflicts, 'refusals': floor.refusals, 'faults': faults}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--kill', action='store_true')
    parser.add_argument('--messages', type=int, default=3_000)
    parser.add_argument('--uri', help='of an empty database')
    asked = parser.parse_args(arguments)
    return round_of(asked.messages, asked.kill, asked.uri)


if __name__ == '__main__':
    print(json.dumps(main(sys.argv[1:])))
