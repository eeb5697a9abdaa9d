"""Several processes that work on one database at the same moment, as web2py's workers, sidecars and scripts do."""
import contextlib
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from random import Random

from cast import ANN, BOB, settle
from messenger_core import settings
from messenger_core.adoption import adoption
from messenger_core.database import connection, transaction
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.messages import reading, sending, starting
from messenger_core.messages.sending import Draft

PATIENCE = 120
FORM_SECONDS = 0.02     # what a page does besides sending
# Not fork: this process may have threads.
CONTEXT = multiprocessing.get_context('forkserver')
CONTEXT.set_forkserver_preload(['crowd'])


class Site:
    """A database that several processes can open: a file, or the one at `uri`. `folder` is as an application's."""

    def __init__(self, folder, uri=None):
        self.folder, self.environment = folder, {'MESSENGER_DB_URI': uri} if uri else {}
        (folder / 'databases').mkdir(exist_ok=True)
        self.db = settle(settings.load(folder, self.environment), folder / 'databases')

    def connect(self):
        """Return another connection."""
        return connection.connect(settings.load(self.folder, self.environment), str(self.folder))

    def all_at_once(self, count, work, *arguments):
        """Run `work(db, number, *arguments)` in `count` processes that begin together; return what each returned."""
        with ProcessPoolExecutor(count, CONTEXT, _know, (CONTEXT.Barrier(count),)) as pool:
            jobs = [pool.submit(_begin, self.folder, self.environment, work, number, arguments) for number in range(count)]
            return [job.result(PATIENCE) for job in jobs]


def _know(barrier):
    global together
    together = barrier


def _begin(folder, environment, work, number, arguments):
    db = connection.connect(settings.load(folder, environment), str(folder))
    together.wait(PATIENCE)
    try:
        return work(db, number, *arguments)
    finally:
        db.close()


# -- what each of them does --

def send(db, number, count, ref=None):
    """Send `count` messages, Ann or Bob to the other; with a ref, all processes the same. Return the Sents."""
    sender, receiver = (ANN, BOB) if ref or number % 2 else (BOB, ANN)
    return [sending.send(db, Draft(sender, 'hi', receiver, ref=ref)) for _ in range(count)]


def start_with_many(db, number, count):
    """Ann writes to `count` members nobody else writes to; return what came of each."""
    limits, others = starting.Limits(50, 10, 3), range(5 + number * count, 5 + (number + 1) * count)
    return [getattr(sending.send_all(db, [Draft(ANN, 'hi', other)], limits).result[0], 'code', 'ok') for other in others]


def send_and_read(db, number, count):
    """Send and read, in an order of its own."""
    random = Random(number)
    for _ in range(count):
        reader, other = random.sample((ANN, BOB), 2)
        conversation = sending.send(db, Draft(other, 'hi', reader)).message.conversation
        reading.mark_read(db, random.choice((ANN, BOB)), conversation, random.randint(1, 8 * count))


def adopt(db, number):
    """Adopt until nothing waits; return how many."""
    count = adopted = adoption.adopt(db, limit=100)
    while adopted:
        adopted = adoption.adopt(db, limit=100)
        count += adopted
    return count


def send_beside_batches(db, number, seconds, turnstile=True):
    """The first commits batches without a pause, as a sidecar does; the others send, again and again.

    Each returns (how long its longest change took, how many changes it made, how many were refused as busy).
    """
    if not turnstile:
        sequence.turnstile = transaction.turnstile = lambda db: contextlib.nullcontext()
    return _change_beside_batches(db, number, seconds, lambda: sending.send_all(db, [Draft(ANN, 'by form', BOB)]))


def register_beside_batches(db, number, seconds):
    """The same, but the others do what web2py does by itself when somebody registers or logs in."""
    def register():
        db.auth_user.insert(first_name='New', registration_key='')
        db.commit()
    return _change_beside_batches(db, number, seconds, register)


def _change_beside_batches(db, number, seconds, change):
    until, waits, busy = time.monotonic() + seconds, [], 0
    while time.monotonic() < until:
        asked = time.monotonic()
        try:
            change() if number else sending.send_all(db, [Draft(BOB, 'in a batch', ANN)] * 200)
        except (Refused, db._adapter.driver.OperationalError):
            busy += 1
            db.rollback()
        waits.append(time.monotonic() - asked)
        time.sleep(FORM_SECONDS if number else 0)
    return max(waits), len(waits), busy
