"""Much in one database, and much at the same time. H22 and H30 are the numbers in the list of bad inputs."""
import fcntl
import os
import threading
import time
from pathlib import Path

import pytest
from cast import MEMBERS
from messenger_core.messages import reading
from messenger_live.sessions.files import spread
from plenty import fill

PATIENCE = 30
MESSAGES, PARTNERS = 20_000, 5_000      # half of the messages are in one conversation


def rows(page, name):
    return len(page.html.find_all(class_=name))


def test_h22_pages_of_somebody_with_very_much_have_no_more_rows_and_take_no_more_statements_than_others(site, statements):
    ann = site.log_in('Ann')
    others = [site.member('Member%d' % number) for number in range(1, len(MEMBERS))]
    addresses = ('/messaging/index', '/messaging/chat', '/messaging/chat/%d' % others[0], '/messaging/chat/%d?before=5000' % others[0],
                 '/messaging/send_message', '/messaging/updates.json?since=0', '/messaging/history.json?conversation=1&limit=200',
                 '/messaging/conversations.json?limit=200')
    fill(site.db, 10, 3)
    ann.get('/messaging/chat/%d' % others[0])
    few = {address: len(statements(lambda address=address: ann.get(address))) for address in addresses}
    for table in ('message', 'messenger_participant', 'messenger_event', 'messenger_conversation', 'messenger_member',
                  'auth_user WHERE id > %d' % len(MEMBERS), 'sqlite_sequence'):
        site.db.executesql('DELETE FROM ' + table)      # the ids begin anew
    site.db.commit()
    fill(site.db, MESSAGES, PARTNERS)
    inbox, people, chat = (ann.get(address) for address in addresses[:3])
    assert (rows(inbox, 'letter'), rows(people, 'conversation'), rows(chat, 'message')) == (25, 30, reading.HISTORY_LIMIT + 1)
    assert max(len(page.html.find_all('option')) for page in (inbox, people, chat)) <= 100
    assert max(len(ann.get(address).body) for address in addresses) < 100_000
    assert len(ann.get(addresses[-1]).json['conversations']) == len(ann.get(addresses[-2]).json['messages']) == 200
    many = {address: len(statements(lambda address=address: ann.get(address))) for address in addresses}
    assert {address: count for address, count in many.items() if count > few[address]} == {}


def waits_for(path):
    """Say whether this process waits for a lock on the file."""
    mark = ':%d ' % path.stat().st_ino
    locks = Path('/proc/locks').read_text().splitlines()
    return any('-> FLOCK' in line and mark in line and ' %d ' % os.getpid() in line for line in locks)


@pytest.mark.skipif(not Path('/proc/locks').exists(), reason='who waits for a lock is told by Linux only')
def test_h30_two_requests_of_one_session_are_served_one_after_the_other_and_others_meanwhile(site, ann, bob):
    path, answers = site.application / 'sessions' / spread(ann.cookie()), []
    second = threading.Thread(target=lambda: answers.append(ann.get('/messaging/index')))
    with open(path, 'rb+') as slow:
        fcntl.flock(slow, fcntl.LOCK_EX)    # as the first does that takes its time
        second.start()
        deadline = time.monotonic() + PATIENCE
        while not waits_for(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert waits_for(path)
        assert bob.get('/messaging/index') and not answers
    second.join(PATIENCE)
    assert len(answers) == 1 and not site.tickets()
