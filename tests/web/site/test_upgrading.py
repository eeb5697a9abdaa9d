"""Pages on a database of another release, or of the tutorial, when nobody has run setup_env.sh before."""
import shutil
import sqlite3
import sys
import types

import pytest
import tutorial
from messenger_core import settings
from messenger_core.adoption import adoption
from messenger_core.upgrade import schema, takeover

ANN, BOB = 1, 2
SENTENCE = 'being set up'


@pytest.fixture
def new_process(site, monkeypatch):
    """web2py forgets what it has done for this database, as a restart would make it."""
    monkeypatch.setattr('messenger_web.kept.ready._ready', {})
    monkeypatch.setattr(takeover, '_SETTLED', set())


@pytest.fixture
def of_the_tutorial(site, new_process, tmp_path):
    """The site with a database of the tutorial's and 2,500 messages in it, under our name, among pydal's files of our own."""
    site.db._adapter.close()    # which opens what is there when it is asked again
    databases = site.application / 'databases'
    for path in databases.glob('messenger.sqlite*'):
        path.unlink()
    made = tutorial.make(tmp_path / 'theirs', [(ANN, BOB, str(n), tutorial.NOON, 'T') for n in range(2500)])
    shutil.copy(made / tutorial.NAME, databases / 'messenger.sqlite')
    return site


def test_the_first_page_takes_the_tutorials_messages_over(of_the_tutorial):
    of_the_tutorial.visitor().get('/default/index')
    rows = of_the_tutorial.messages()
    assert [(row['number'], row['content']) for row in rows] == [(n + 1, str(n)) for n in range(2500)]


def test_where_that_takes_longer_people_are_told_to_come_back_until_it_is_done(of_the_tutorial, monkeypatch):
    plain, stages = takeover.go_on, []
    monkeypatch.setattr(takeover, 'go_on', lambda db, seconds: adoption.adopt(db) and plain(db, 0))
    while not stages or stages[-1] == 503:
        stages.append(of_the_tutorial.visitor().get('/default/index', None).status_int)
    assert stages == [503, 503, 200]


def test_a_database_of_a_later_release_is_left_alone_and_only_the_machine_itself_is_told_why(site, new_process):
    site.db.executesql('UPDATE messenger_feed SET version = %d, least_reader = %d' % (schema.VERSION + 1, schema.VERSION + 1))
    site.db.commit()
    page = site.visitor().get('/default/index', 503)
    assert 'made by a later release' in page and page.headers['Retry-After']
    page = site.visitor(REMOTE_ADDR='203.0.113.9').get('/default/index', 503)
    assert SENTENCE in page and 'release' not in page


def test_a_database_of_an_earlier_release_is_brought_up_to_date(site, new_process):
    site.db.executesql('UPDATE messenger_feed SET version = 1')
    site.db.commit()
    site.visitor().get('/default/index')
    with sqlite3.connect(site.application / 'databases' / 'messenger.sqlite') as connection:
        assert connection.execute('SELECT version FROM messenger_feed').fetchall() == [(schema.VERSION,)]
    connection.close()


def test_where_nothing_may_be_migrated_an_earlier_one_is_refused_with_what_to_do(site, new_process, choose):
    choose(db_migrate='false')
    site.db.executesql('UPDATE messenger_feed SET version = 1')
    site.db.commit()
    page = site.visitor().get('/default/index', 503)
    assert 'schema version 1' in page and 'bring it up to date' in page and page.headers['Retry-After']
    assert site.db.executesql('SELECT version FROM messenger_feed') == [(1,)]
    site.db.executesql('UPDATE messenger_feed SET version = %d' % schema.VERSION)
    site.db.commit()
    site.visitor().get('/default/index')


def test_one_that_a_later_release_has_altered_is_served_as_long_as_that_allows_it(site, new_process):
    site.db.executesql('UPDATE messenger_feed SET version = %d' % (schema.VERSION + 1))
    site.db.commit()
    site.visitor().get('/default/index')
    assert 'Inbox' in site.log_in('Ann').get('/messaging/index')


@pytest.mark.parametrize('spoil', [
    lambda patch: patch.setattr(settings, 'RELEASE', 4), lambda patch: patch.delattr(settings, 'RELEASE'),
    lambda patch: patch.setitem(sys.modules, 'messenger_core.upgrade', types.ModuleType('upgrade'))])
def test_new_models_beside_modules_of_an_earlier_release_say_what_to_do(site, monkeypatch, spoil):
    site.visitor().get('/default/index')    # from now on they are in memory
    spoil(monkeypatch)
    page = site.visitor().get('/default/index', 503)
    assert 'restart web2py' in page and page.headers['Retry-After'] and site.tickets() == []


def test_a_process_beside_a_database_that_a_later_release_has_taken_over_stops_working_with_it(site, ann, bob):
    ann.send(bob.id, 'before')
    site.db.executesql('UPDATE messenger_feed SET version = 7, least_reader = 7')
    site.db.commit()
    for path in ('/messaging/index', '/messaging/chat', '/messaging/chat/%d' % bob.id):
        assert 'was updated' in ann.get(path, 503)
    assert ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'after', 'ref': 'r'}, 503).json['code'] == 'busy'
    site.db.executesql('UPDATE messenger_feed SET least_reader = 5')
    site.db.commit()
    assert [row['content'] for row in site.messages()] == ['before']
    ann.get('/messaging/index')     # of a later version, but one that this process may work with
