"""What a sync of 50 messages and the list of conversations take a member who has much, and one who has little.

    python -m ours.flat [MESSAGES CONVERSATIONS]     # in the folder bench; prints JSON: {"ours": …, "few": …}

In this process, on a connection like the sidecar's; medians of processor time, and what the clock says beside it.
"""
import json
import shutil
import statistics
import sys
import tempfile
import time

from referee.lines import OURS

from . import full

MANY, FEW, TIMES, EVENTS = (1_000_000, 10_000), (1_000, 100), 200, 50
FIGURES = ('sync_ms', 'sync_wall_ms', 'list_ms', 'list_wall_ms')


def main(arguments):
    many = tuple(map(int, arguments)) or MANY
    databases = [full_database(*size) for size in (many, FEW)]
    try:
        times = [[], []]
        for _ in range(TIMES):      # in turn: a minute that is slow is slow for both
            for (target, _, cursor), took in zip(databases, times):
                took.append(once(target.sidecar.db, cursor))
        return {name: dict(zip(FIGURES, (1000 * statistics.median(column) for column in zip(*took))))
                for name, took in zip((OURS, 'few'), times)}
    finally:
        for target, folder, _ in databases:
            target.close()
            shutil.rmtree(folder, ignore_errors=True)


def full_database(messages, conversations):
    folder = tempfile.mkdtemp(prefix='bench-')
    target = full.site(folder, messages, conversations)
    return target, folder, cursor_before(target.sidecar.db, EVENTS)


def cursor_before(db, events):
    """Return the seq after which Ann has so many messages."""
    return db.executesql('SELECT seq FROM message WHERE sender = %d OR receiver = %d ORDER BY seq DESC LIMIT 1 OFFSET %d' % (
        full.ANN, full.ANN, events))[0][0]


def once(db, cursor):
    """Return the seconds that FIGURES are of."""
    from messenger_core.feed import pages
    from messenger_core.messages import conversation_list
    marks = [clocks()]
    page = pages.since_for(db, full.ANN, cursor)
    marks.append(clocks())
    conversation_list.list_for(db, full.ANN)
    marks.append(clocks())
    db.commit()
    assert len([event for event in page.events if hasattr(event, 'content')]) == EVENTS, len(page.events)
    return [after - before for one, other in zip(marks, marks[1:]) for before, after in zip(one, other)]


def clocks():
    return time.process_time(), time.perf_counter()


if __name__ == '__main__':
    print(json.dumps(main(sys.argv[1:])))
