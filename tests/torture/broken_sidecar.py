"""The sidecar with one bug put into it, which the first argument names; the other arguments are the sidecar's."""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import websocket_server

RIGHT_BEFORE = 20
FOR_EVER = 3600


def ack_before_commit():
    """Answer first and commit then; after some messages it stays in between until it is killed."""
    from messenger_core.messages import sending
    from messenger_core.messages.batch import Batch
    from messenger_core.messages.kept import Kept
    from messenger_live.wire import ready
    from messenger_live.workers.writer import Writer
    stored, write = [], Writer._write

    def answer_first(self, jobs, work):
        if work != self._send:
            return write(self, jobs, work)
        if not jobs:
            return
        drafts = [sending.Draft(client.user_id, command.content, command.receiver, command.conversation, command.ref)
                  for client, command, _ in jobs]
        self.db.commit()
        change = Batch(self.db, drafts, [draft.receiver for draft in drafts], self._limits, Kept()).store()
        for job, result in zip(jobs, change.result):
            self._jobs.answer(job, ready.ack(result.message, job[1].ref))
        stored.extend(jobs)
        if len(stored) > RIGHT_BEFORE:
            time.sleep(FOR_EVER)
        self.db.commit()
        self.telling.tell(change.events, change.since, change.upto)
    Writer._write = answer_first


def cursor_by_id():
    """Read on from the last id that was told instead of the last place in the feed."""
    from messenger_core.feed import events, sequence
    from messenger_live.workers.telling import Telling
    from messenger_live.workers.writer import Writer

    def read_page(self, db):
        table, head = db.message, sequence.state(db).head
        found = events.messages(db, (table.id > self._told) & (table.seq <= head), orderby=table.id)
        db.commit()
        self._told = max([message.id for message in found], default=self._told)
        if head > self.cursor:
            self.tell(sorted(found, key=lambda message: message.seq), self.cursor, head)
        return False
    Telling._told, Telling.read_page = 0, read_page

    def answer(self, jobs, change):
        self._jobs.post(self._jobs.answers(jobs, change.result, False))
        self._read_on()
    Writer._answer = answer


def no_wake_up():
    """Hear of no commit, and have no timer that would make up for it."""
    from messenger_live.workers import watch
    # The threads are there, or /health would tell.
    watch.Watch._tick = lambda self: self._stopped.wait()
    watch.Watch._look = lambda self, sign: self._stopped.wait()


def no_bug():
    """The sidecar as it is."""


BUGS = {bug.__name__: bug for bug in (ack_before_commit, cursor_by_id, no_wake_up, no_bug)}

if __name__ == '__main__':
    name = sys.argv.pop(1)
    plain = websocket_server.run

    def run(make):
        BUGS[name]()
        plain(make)
    websocket_server.run = run
    sys.setswitchinterval(0.001)
    websocket_server.main()
