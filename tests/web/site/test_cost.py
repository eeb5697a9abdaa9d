"""What a page costs, counted: statements, tables that are defined, files that are opened. Times are the benches' business."""
import sys
from collections import Counter

import pytest
from messenger_core.messages import sending
from pydal import DAL
from pydal.migrator import Migrator

# How many statements; what they are made of is kept, so that no table is needed.
PAGES = {
    '/messaging/index': 13, '/messaging/chat': 16, '/messaging/chat/2': 25, '/messaging/send_message': 6,
    '/messaging/conversations.json': 12, '/messaging/history.json?conversation=1': 5}
# Those in which pydal is asked for more, besides.
OTHERS = {'/default/user/login': 0, '/default/account': 4, '/messaging/search?q=word': 17, '/messaging/updates.json?since=1': 9}
# The same of what sends: a command; a form, and the page it stands on.
SENDS = {
    14: lambda ann, bob, ref: ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'x', 'ref': ref}),
    20: lambda ann, bob, ref: ann.send('#%d' % bob.id, 'x', ref=ref)}
_opened = []
_is_counting = False


def _hook(event, arguments):
    if _is_counting and event == 'open':
        _opened.append(str(arguments[0]))


sys.addaudithook(_hook)


@pytest.fixture
def letters(site, ann, bob):
    for number in range(12):
        sending.send(site.db, sending.Draft((ann.id, bob.id)[number % 2], 'a word %d' % number, (bob.id, ann.id)[number % 2]))
    return ann


@pytest.fixture
def cost(monkeypatch, statements):
    """A function that asks for something twice, by the path of a page or a call, and says what the second time took."""
    defined, migrated = [], []
    define, create = DAL.lazy_define_table, Migrator.create_table
    monkeypatch.setattr(DAL, 'lazy_define_table', lambda db, name, *fields, **options: defined.append(name) or define(
        db, name, *fields, **options))
    monkeypatch.setattr(Migrator, 'create_table', lambda *arguments, **options: migrated.append(arguments) or create(*arguments, **options))

    def cost(browser, asked_for):
        global _is_counting
        ask = asked_for if callable(asked_for) else lambda: browser.get(asked_for)
        ask()
        for found in (defined, migrated, _opened):
            found.clear()
        _is_counting = True
        try:
            asked = statements(ask)
        finally:
            _is_counting = False
        # A database that is put in the place of another, as each test here has its own, is opened anew.
        return [one for one in asked if not one.startswith('PRAGMA')], list(defined), list(migrated), list(_opened)
    return cost


@pytest.mark.parametrize('path', PAGES)
def test_a_page_asks_so_many_statements_defines_no_table_and_opens_its_session(letters, cost, path):
    asked, defined, migrated, opened = cost(letters, path)
    assert len(asked) == PAGES[path], '\n'.join(asked)
    assert defined == migrated == []
    assert [one for one in opened if 'sessions' not in one] == []
    assert len(opened) <= 2, opened


@pytest.mark.parametrize('path', OTHERS)
def test_any_other_defines_no_table_twice_and_migrates_nothing(site, letters, cost, path):
    asked, defined, migrated, opened = cost(site.visitor() if path.endswith('login') else letters, path)
    assert len(asked) == OTHERS[path], '\n'.join(asked)
    assert migrated == [] and max(Counter(defined).values(), default=0) <= 1
    assert [one for one in opened if 'sessions' not in one] == []


def test_sending_asks_so_many_statements_and_defines_no_table(letters, bob, cost):
    refs = map(str, range(10))
    for count, send in SENDS.items():
        asked, defined, migrated, _ = cost(letters, lambda send=send: send(letters, bob, 'ref-' + next(refs)))
        assert (len(asked), defined, migrated) == (count, [], []), '\n'.join(asked)


def test_what_a_page_costs_does_not_grow_with_what_there_is(site, letters, cost):
    before = [len(cost(letters, path)[0]) for path in PAGES]
    for number in range(60):
        sending.send(site.db, sending.Draft(2, 'more words %d' % number, 1))
    assert [len(cost(letters, path)[0]) for path in PAGES] == before
