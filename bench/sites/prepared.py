"""Conversations with thousands of messages, written by plain SQL in seconds."""
from datetime import datetime

import sites.target  # noqa: F401  it puts the modules on the path

from messenger_core.feed import seal  # isort: skip
from messenger_core.messages import sending  # isort: skip

ROWS_PER_INSERT = 1_000
CONTENT = 'What one writes to another, and no more.'


def fill_pairs(db, pairs, rows):
    """Write `rows` messages between 1 and 2, as many between 3 and 4, and so on; a fresh database only."""
    _insert(db, 'messenger_conversation (kind, direct_key, last_number, first_number, last_seq, last_message)', (
        "('direct', '%d:%d', %d, 1, %d, %d)" % (2 * pair - 1, 2 * pair, rows, pairs * (rows - 1) + pair, pairs * (rows - 1) + pair)
        for pair in range(1, pairs + 1)))
    _insert(db, 'messenger_participant (conversation, user_id, role, read_number, receipt_number, delivered_number, sent_count, '
            'sent_at_read, joined_number, marked_unread, last_seq)', (
                "(%d, %d, 'member', 0, 0, 0, %d, 0, 0, 'F', %d)" % (pair, member, rows // 2, pairs * (rows - 1) + pair)
                for pair in range(1, pairs + 1) for member in (2 * pair - 1, 2 * pair)))
    now = datetime.utcnow().strftime('%Y-%m-%d %H:%M:%S')
    _insert(db, 'message (sender, receiver, conversation, number, seq, content, timestamp, is_read, seal)', (
        "(%d, %d, %d, %d, %d, '%s', '%s', 'F', '%s')" % (*place, CONTENT, now, seal.of(*place, CONTENT)) for place in (
            (*(2 * pair - 1, 2 * pair)[::1 if number % 2 else -1], pair, number, pairs * (number - 1) + pair)
        for number in range(1, rows + 1) for pair in range(1, pairs + 1))))
    db.executesql('UPDATE messenger_feed SET head = %d' % (pairs * rows))
    db.commit()


def fill_stars(db, centres, others):
    """Have each of `centres` write to all `others`: conversations 1, 2, … are the first one's, those that follow the next one's."""
    for centre in centres:
        sending.send_all(db, [sending.Draft(other, CONTENT, centre) for other in others])


def _insert(db, into, values):
    values = list(values)
    for start in range(0, len(values), ROWS_PER_INSERT):
        db.executesql('INSERT INTO %s VALUES %s' % (into, ','.join(values[start:start + ROWS_PER_INSERT])))
