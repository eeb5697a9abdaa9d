"""Two sidecars on one database, both with clients: what goes in through one comes out of both, once and in the same order."""
import threading

import pytest
from cast import ANN, BOB, CID
from messenger_core import settings
from messenger_core.adoption import adoption
from messenger_core.database import connection
from messenger_core.feed import pages

SENDS, FOREIGN = 60, 40


@pytest.fixture
def sidecars(idle):
    """Both of them, running."""
    one, two = idle.start(), idle.beside()
    try:
        yield one, two.start()
    finally:
        two.leave()


def messages_of(peer, count):
    """Return the next `count` messages a socket is told, without what comes between them."""
    return [peer.until('message')[-1] for _ in range(count)]


def adopt_as_a_page_does(sidecar, stop):
    """Adopt again and again in a thread, as pages of web2py do."""
    def work():
        db = connection.connect(settings.load(sidecar.application, sidecar.environment), str(sidecar.application))
        while not stop.is_set():
            adoption.adopt(db)
        db.close()
    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize('idle', ['sqlite', 'postgresql'], indirect=True)
def test_what_is_sent_through_one_arrives_at_the_clients_of_the_other(sidecars):
    one, two = sidecars
    ann, bob = one.open(ANN), two.open(BOB)
    for number in range(20):
        ann.ask(type='send', receiver=BOB, content='there %d' % number, ref='a%d' % number)
        bob.ask(type='send', receiver=ANN, content='back %d' % number, ref='b%d' % number)
    told = [messages_of(peer, 40) for peer in (ann, bob)]
    assert [message['id'] for message in told[0]] == [message['id'] for message in told[1]]
    assert [message['number'] for message in told[0]] == list(range(1, 41))
    assert ann.is_silent() and bob.is_silent()
    bob.ask(type='read', conversation=told[0][0]['conversation'], number=40)
    assert ann.until('read')[-1]['number'] == 40


@pytest.mark.parametrize('idle', ['sqlite', 'postgresql'], indirect=True)
def test_rows_of_others_are_completed_once_and_told_by_both_in_one_order_while_members_send(sidecars):
    one, two = sidecars
    watchers = [sidecar.open(member) for sidecar in sidecars for member in (BOB, CID)]
    senders, stop = [one.open(ANN), two.open(ANN)], threading.Event()
    page = adopt_as_a_page_does(one, stop)
    try:
        for number in range(SENDS):
            senders[number % 2].ask(type='send', receiver=(BOB, CID)[number // 2 % 2], content='sent %d' % number, ref='r%d' % number)
            if number < FOREIGN:
                one.insert(ANN, (BOB, CID)[number % 2], 'foreign %d' % number)
        told = [messages_of(peer, (SENDS + FOREIGN) // 2) for peer in watchers]
    finally:
        stop.set()
        page.join()
    assert told[0] == told[2] and told[1] == told[3]
    for messages in told[:2]:
        assert [message['number'] for message in messages] == list(range(1, 1 + len(messages)))
        assert [message['seq'] for message in messages] == sorted({message['seq'] for message in messages})
        foreign = [int(message['content'].split()[1]) for message in messages if message['content'].startswith('foreign')]
        assert foreign == sorted(foreign)
    contents = [message['content'] for messages in told[:2] for message in messages]
    assert sorted(contents) == sorted(['sent %d' % n for n in range(SENDS)] + ['foreign %d' % n for n in range(FOREIGN)])
    assert all(peer.is_silent() for peer in watchers)
    stored = pages.since(one.db, 0).events
    assert len(stored) == SENDS + FOREIGN and len({message.id for message in stored}) == len(stored)
    assert one.db(one.db.message.seq == None).isempty()  # noqa: E711
