"""The checker on histories made by hand: nothing wrong is nothing found, and each thing that can be wrong has its name."""
import copy

import pytest

from . import checker
from .checker import Place, Row
from .history import FAIL, OK, UNKNOWN, Send

ANN, BOB, CID = 1, 2, 3
TALK, OTHERS_TALK = 9, 10
FIELDS = ('id', 'seq', 'conversation', 'number', 'sender', 'receiver', 'content')


class World:
    """Ann has sent Bob three messages; Bob has seen them, and Cid nothing. Tests put one thing wrong."""

    def __init__(self):
        self.rows = [Row(10 + number, 20 + number, TALK, number, ANN, BOB, 'text %d' % number, 'ref-%d' % number) for number in (1, 2, 3)]
        self.sends = [Send(row.ref, ANN, BOB, row.content, 'socket', OK, row._asdict()) for row in self.rows]
        self.bob, self.cid = self.device('bob', BOB, self.rows), self.device('cid', CID, [])
        self.places = [Place(ANN, TALK, 0, 0), Place(BOB, TALK, 3, 3)]

    @staticmethod
    def device(name, user_id, rows):
        page = [{field: getattr(row, field) for field in FIELDS} for row in rows]
        return {'name': name, 'user_id': user_id, 'page': page, 'pushes': [[row.seq for row in rows]], 'closes': [1006, 1012],
                'states': ['connecting', 'online'], 'resets': 0, 'behind': False, 'heard': [['message', TALK, ANN, BOB] for _ in rows]}

    def change(self, index, **changes):
        self.rows[index] = self.rows[index]._replace(**changes)

    def kinds(self):
        return {violation.kind for violation in checker.check(self.sends, self.rows, [self.bob, self.cid], self.places)}


def send_of(world, index, **changes):
    for name, value in changes.items():
        setattr(world.sends[index], name, value)


WRONG = {
    'an acked message is not there': (lambda world: (world.rows.pop(), world.bob['page'].pop()), {checker.LOST}),
    'a message is there that nobody sent': (lambda world: world.sends.pop(), {checker.UNASKED}),
    'a message is refused': (lambda world: send_of(world, 1, outcome=FAIL, code='conflict', ack={}), {checker.REFUSED}),
    'a message is never answered': (lambda world: send_of(world, 1, outcome=UNKNOWN, ack={}), {checker.UNANSWERED}),
    'an ack names another row': (lambda world: world.sends[1].ack.update(number=7), {checker.ACK}),
    'a row holds another text': (lambda world: send_of(world, 1, content='another'), {checker.ALTERED}),
    'a row goes to somebody else': (lambda world: send_of(world, 1, receiver=CID), {checker.ALTERED}),
    'a row was not adopted': (lambda world: (world.change(2, seq=None), world.bob['page'].pop(), world.sends[2].ack.clear()),
                              {checker.UNADOPTED, checker.MISSED}),
    'a reader misses a row': (lambda world: world.bob['page'].pop(1), {checker.MISSED}),
    'a reader sees a row twice': (lambda world: world.bob['page'].append(world.bob['page'][0]), {checker.AGAIN}),
    'a reader sees what is not stored': (lambda world: world.bob['page'].append(dict(world.bob['page'][0], id=99)), {checker.PHANTOM}),
    'a reader sees another order': (lambda world: world.bob['page'][0].update(number=3), {checker.ALTERED}),
    'a push overtakes another': (lambda world: world.bob['pushes'][0].reverse(), {checker.DISORDER}),
    'a push comes twice': (lambda world: world.bob['pushes'][0].append(23), {checker.DISORDER}),
    'a stranger is shown a row': (lambda world: world.cid['page'].append(world.bob['page'][0]), {checker.STRANGER}),
    'a stranger is sent a row that the page drops': (lambda world: world.cid['heard'].extend(world.bob['heard']), {checker.STRANGER}),
    'a stranger is told who has read': (lambda world: world.bob['heard'].append(['read', OTHERS_TALK, None, None]), {checker.STRANGER}),
    'somebody is logged out': (lambda world: world.bob['closes'].append(4401), {checker.UNEXPECTED}),
    'a page gives up': (lambda world: world.bob['states'].append('logged-out'), {checker.UNEXPECTED}),
    'a page has to start over': (lambda world: world.bob.update(resets=1), {checker.UNEXPECTED}),
    'a page never catches up': (lambda world: world.cid.update(behind=True), {checker.UNEXPECTED}),
    'an unread number is wrong': (lambda world: world.places.append(Place(CID, OTHERS_TALK, 1, 0)), {checker.UNREAD}),
}


def test_nothing_wrong_is_nothing_found():
    assert World().kinds() == set()


@pytest.mark.parametrize(('break_it', 'found'), WRONG.values(), ids=WRONG)
def test_it_finds_that(break_it, found):
    world = World()
    break_it(world)
    assert world.kinds() == found


def test_two_rows_for_one_ref_are_found():
    world = World()
    world.rows.append(world.rows[2]._replace(id=14, seq=24, number=4))
    world.bob = world.device('bob', BOB, world.rows)
    assert world.kinds() == {checker.DOUBLED, checker.ACK}


def test_numbers_that_do_not_follow_the_feed_are_found():
    world = World()
    world.change(0, number=2)
    world.change(1, number=1)
    world.bob = world.device('bob', BOB, world.rows)
    for send, row in zip(world.sends, world.rows):
        send.ack['number'] = row.number
    assert world.kinds() == {checker.DISORDER}


def test_a_script_that_never_learnt_what_became_of_its_row_is_no_violation():
    world = World()
    world.sends.append(Send(None, ANN, BOB, 'perhaps', 'script'))
    before = copy.deepcopy(world.sends)
    assert world.kinds() == set() and world.sends == before
    world.rows.append(Row(14, 24, TALK, 4, ANN, BOB, 'perhaps', None))
    world.bob = world.device('bob', BOB, world.rows)
    assert world.kinds() == set()
