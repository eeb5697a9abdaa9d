"""What a big database costs: bringing one of an earlier release up to date, taking in rows that others wrote, pruning old
events, looking for members who are gone and rows that were put in, and the worst searches.

python bench/database.py [upgrade] [adopt] [prune] [look] [search] [--rows 1000000] [--uri postgres://…]; each makes a database of its own,
in a temporary folder unless it is told where. While it prunes, another process sends fifty messages a second, and says how long each took.
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import math
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / part) for part in ('', 'tests/support', 'applications/messenger/modules')]
import earlier  # noqa: E402
import plenty  # noqa: E402
import tutorial  # noqa: E402
from cast import ANN, BOB, CID, settle  # noqa: E402
from messenger_core import settings  # noqa: E402
from messenger_core.adoption import adoption, imported  # noqa: E402
from messenger_core.database import connection  # noqa: E402
from messenger_core.feed import pruning, sequence  # noqa: E402
from messenger_core.messages import former, sending  # noqa: E402
from messenger_core.messages.sending import Draft  # noqa: E402
from messenger_core.search import hits, people  # noqa: E402
from messenger_core.search.deadline import Deadline  # noqa: E402
from messenger_core.upgrade import takeover  # noqa: E402

CHUNK = 1_000
CONVERSATIONS = 1_000
SENDS_PER_SECOND, SECONDS = 50, 20
PAUSE_SECONDS = settings.DEFAULTS['realtime']['timer_seconds']    # as the sidecar does it


def upgrade(folder, uri, rows):
    """A database of version 4."""
    earlier.make(folder, uri, messages=[])
    db = tutorial.DAL(uri, folder=str(folder))
    _many(db, 'auth_user (first_name, registration_key)', ("('Member', '')" for _ in range(CONVERSATIONS)))
    _many(db, "conversation (kind, direct_key, last_number, first_number, last_seq, last_message)", (
        "('direct', '1:%d', %d, 1, %d, %d)" % (4 + n, rows // CONVERSATIONS, rows - CONVERSATIONS + n, rows - CONVERSATIONS + n)
        for n in range(1, CONVERSATIONS + 1)))
    _many(db, 'participant (conversation, user_id, role, read_number, receipt_number, delivered_number, sent_count, sent_at_read, '
              'joined_number, marked_unread)', ("(%d, %d, 'member', 0, 0, 0, 0, 0, 0, 'F')" % (n, user)
                                                for n in range(1, CONVERSATIONS + 1) for user in (1, 4 + n)))
    _many(db, 'message (sender, receiver, content, timestamp, is_read, conversation, number, seq)', (
        "(1, %d, 'What one writes to another, and no more.', '2026-01-02 03:04:05', 'F', %d, %d, %d)" % (
            5 + n % CONVERSATIONS, 1 + n % CONVERSATIONS, 1 + n // CONVERSATIONS, n + 1) for n in range(rows)))
    db.executesql('UPDATE feed SET head = %d' % rows)
    db.commit()
    db.close()
    began = time.monotonic()
    db = tutorial.open_by_us(folder, uri)
    print('tables and columns: %.1f s' % (time.monotonic() - began), flush=True)
    takeover.take_over(db, print)
    print('upgrade: %d messages in %.1f s' % (rows, time.monotonic() - began))
    db.close()


def adopt(folder, uri, rows):
    """Rows with the tutorial's five fields."""
    db = _fresh(folder, uri)
    _many(db, 'message (sender, receiver, content, timestamp, is_read)', (
        "(%d, %d, 'hi', '2026-01-02 03:04:05', 'F')" % ((ANN, BOB, CID)[n % 3], (BOB, CID, ANN)[n % 3]) for n in range(rows)))
    began, longest = time.monotonic(), 0
    while True:
        at = time.monotonic()
        if not adoption.adopt(db):
            break
        longest = max(longest, time.monotonic() - at)
    print('adopt: %d rows in %.1f s, the longest piece of %d in %.0f ms' % (rows, time.monotonic() - began, CHUNK, 1000 * longest))
    began = time.monotonic()
    for _ in range(1_000):
        adoption.adopt(db)
    print('adopt: a look when nothing waits %.0f µs' % (1_000 * (time.monotonic() - began)))
    db.close()


def prune(folder, uri, rows):
    """Old events, while others send."""
    db = _fresh(folder, uri)
    sending.send(db, Draft(ANN, 'first', BOB))
    head = sequence.state(db).head
    _many(db, 'messenger_event (seq, kind, conversation, user_id, number, created_at)', (
        "(%d, 'read', 1, 1, %d, '2020-01-01 00:00:00')" % (head + n, n) for n in range(1, rows + 1)))
    db.executesql('UPDATE messenger_feed SET head = %d' % (head + rows))
    db.commit()
    for name, is_pruned in (('quiet', False), ('while it prunes', True)):
        told = multiprocessing.get_context('spawn').Queue()
        sender = multiprocessing.get_context('spawn').Process(target=_send, args=(folder, uri, told))
        sender.start()
        told.get()
        removed = 0
        while sender.is_alive():
            if is_pruned and pruning.prune(db, 90):
                removed += CHUNK
            time.sleep(PAUSE_SECONDS)
        waits = sorted(told.get())
        print('%s: p50 %.1f ms, p99 %.1f ms, max %.1f ms of %d sends; %d events removed' % (
            name, *(1000 * figure for figure in (statistics.median(waits), waits[int(len(waits) * 0.99)], waits[-1])), len(waits), removed),
            flush=True)
    db.close()


def look(folder, uri, rows):
    """What is looked for every 20 s among a tenth as many members, and in a thousand messages that have come since."""
    db = _fresh(folder, uri)
    _many(db, 'auth_user (first_name, registration_key)', ("('Member', '')" for _ in range(rows // 10)))
    began = time.monotonic()
    while former.notice(db):
        pass
    print('look: %d new members noted in %.1f s' % (rows // 10, time.monotonic() - began))
    print('look: for members who are gone, %.1f ms' % _median(lambda: former.notice(db)))
    imported.look(db)

    def new():
        sending.send_all(db, [Draft(ANN, 'hi', BOB)] * CHUNK)
        began = time.monotonic()
        imported.look(db)
        return time.monotonic() - began
    print('look: when nothing has come, %.2f ms; at a thousand messages, %.1f ms' % (
        _median(lambda: imported.look(db)), 1000 * statistics.median(new() for _ in range(9))))
    db.close()


def search(folder, uri, rows):
    """The worst that somebody with nine tenths of so many messages may look for, with a tenth as many members; with an end, and without."""
    db = _fresh(folder, uri)
    plenty.fill(db, rows, 99)
    _many(db, 'auth_user (first_name, last_name, registration_key)', ("('Élise', '%d', '')" % n for n in range(rows // 10)))
    while hits.engine_of(db).fill(db):
        pass
    for what, typed in WORST.items():
        took = []
        for seconds in (settings.DEFAULTS['search']['seconds'], math.inf):
            deadline, began = Deadline(seconds), time.monotonic()
            people.find(db, ANN, typed, deadline=deadline.part(hits.HALF))
            page = hits.find(db, ANN, typed, deadline=deadline)
            took += [time.monotonic() - began, len(page.hits)]
        print('search: %s: %.2f s, %d found; without an end %.2f s, %d found' % (what, *took), flush=True)
    db.close()


WORST = {
    'words that are in every message': 'what one writes to another and no more', 'one letter': 'w', 'a word that is in none': 'nowhere',
    'sixteen words, the last of which is in none': 'what one writes to another and no more w o t a n m z x',
    'an emoji': '👍',
    'sixteen emoji': ' '.join(map(chr, range(0x1F600, 0x1F610))),
    'the beginning of a name': 'elis', 'two hundred accents': 'a' + '\u0301' * 199}


def _median(work, times=9):
    """Return how many milliseconds it takes."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        work()
        took.append(time.monotonic() - began)
    return 1000 * statistics.median(took)


def _send(folder, uri, told):
    db = connection.connect(settings.load(folder, {'MESSENGER_DB_URI': uri}), str(folder.parent))
    told.put('ready')
    waits, due = [], time.monotonic()
    for number in range(SENDS_PER_SECOND * SECONDS):
        due += 1 / SENDS_PER_SECOND
        time.sleep(max(0, due - time.monotonic()))
        sending.send(db, Draft(ANN if number % 2 else BOB, 'hi', BOB if number % 2 else ANN))
        waits.append(time.monotonic() - due)
    told.put(waits)
    db.close()


def _fresh(folder, uri):
    folder.mkdir(exist_ok=True)
    return settle(settings.load(folder, {'MESSENGER_DB_URI': uri}), folder, uri=uri)


def _many(db, into, values):
    values = list(values)
    for start in range(0, len(values), CHUNK):
        db.executesql('INSERT INTO %s VALUES %s' % (into, ','.join(values[start:start + CHUNK])))
    db.commit()


WORKS = {'upgrade': upgrade, 'adopt': adopt, 'prune': prune, 'look': look, 'search': search}

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('works', nargs='*', choices=[*WORKS, []], help='all of them unless named')
    parser.add_argument('--rows', type=int, default=1_000_000)
    parser.add_argument('--uri', default='sqlite://messenger.sqlite', help='an empty database; for one work at a time')
    options = parser.parse_args()
    for work in options.works or WORKS:
        with tempfile.TemporaryDirectory() as folder:
            WORKS[work](Path(folder) / 'databases', options.uri, options.rows)
