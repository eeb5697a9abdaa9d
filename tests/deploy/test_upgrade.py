"""`./setup_env.sh run` with the databases of a real tutorial application, or with those of another release."""

import os
import shutil
import signal
import sqlite3

import pytest
import tutorial_site
from test_run import Trial, log_in
from trying import assert_fails_with, free_port, furnish, setup_env, until, without_network

BERLIN = {'TZ': 'Europe/Berlin'}


@pytest.fixture(scope='module')
def databases(tmp_path_factory, real_home):
    """What the tutorial's application has left behind."""
    return tutorial_site.make(furnish(tmp_path_factory.mktemp('before') / 'home', real_home) / 'web2py')


@pytest.fixture
def home(tmp_path, real_home, databases):
    """A home in which nothing of ours has run, with those databases where the messenger will be."""
    folder = furnish(tmp_path / 'home', real_home)
    tutorial_site.bring(databases, folder / 'web2py')
    return folder


def site(home):
    return home / 'web2py' / 'applications' / 'messenger'


def storage(home):
    return site(home) / 'databases' / 'storage.sqlite'


def run(checkout, home):
    return setup_env(checkout, 'run', '--port', str(free_port()), '--ws-port', str(free_port()), MESSENGER_HOME=home)


def test_it_is_taken_over_at_the_first_start_and_at_the_second_there_is_nothing_to_do(ready_checkout, home):
    with Trial(ready_checkout, MESSENGER_HOME=home, **BERLIN) as trial:
        trial.is_ready()
        for line in (
            'found the database storage.sqlite',
            'taking over 5 messages from before; their times are of the zone Europe/Berlin',
            '4 messages taken over',
            'kept, but not shown: 1 message (5: its sender does not exist)',
            'Log in as a member of the site',
        ):
            assert line in trial.output
        assert 'Lee' in log_in(trial, 'bob@example.com', tutorial_site.PASSWORD)
        trial.end()
    everything = 'SELECT sender, receiver, content, timestamp, is_read, number FROM message ORDER BY id'
    rows = tutorial_site.query(storage(home), everything)
    assert rows == [
        (1, 2, 'in winter', '2026-01-15 11:00:00', 'T', 1),
        (1, 2, 'in summer', '2026-07-15 10:00:00', 'F', 2),
        (1, 2, 'read out of turn', '2026-08-15 10:00:00', 'T', 3),
        (2, 1, 'an answer', '2026-08-15 10:00:00', 'F', 4),
        (99, 2, 'lost', '2026-01-15 12:00:00', None, None),
    ]
    figures = 'SELECT user_id, read_number, sent_count, sent_at_read FROM messenger_participant ORDER BY user_id'
    places = tutorial_site.query(storage(home), figures)
    assert places == [(1, 3, 3, 3), (2, 1, 1, 0)]
    assert tutorial_site.query(storage(home), 'SELECT email FROM auth_user WHERE email LIKE "%demo%"') == []

    with Trial(ready_checkout, MESSENGER_HOME=home, **without_network()) as trial:  # and in another zone
        trial.is_ready()
        assert 'taking over' not in trial.output
    assert rows == tutorial_site.query(storage(home), everything)


def test_killed_half_way_it_goes_on_where_it_was(ready_checkout, home):
    """No row twice, none lost, and each time converted once."""
    tutorial_site.write_more(storage(home), 40_000)
    what_stays = 'SELECT id, sender, receiver, content, is_read FROM message WHERE sender < 99 ORDER BY id'
    before = tutorial_site.query(storage(home), what_stays)

    def numbered():
        return tutorial_site.query(storage(home), 'SELECT count(seq) FROM message')[0][0]

    def it_is_half_way():
        return numbered() > 5000

    with Trial(ready_checkout, MESSENGER_HOME=home, **BERLIN) as trial:
        trial.wait_for_line('taking over 40,005 messages')
        until(it_is_half_way)
        os.kill(trial.process.pid, signal.SIGKILL)
    assert 5000 < numbered() < 40_000
    with Trial(ready_checkout, MESSENGER_HOME=home, **BERLIN) as trial:
        trial.wait_for_line('messages from before')
        trial.is_ready()
    assert before == tutorial_site.query(storage(home), what_stays)
    assert tutorial_site.query(storage(home), 'SELECT count(seq), count(DISTINCT seq) FROM message') == [(40_004, 40_004)]
    numbers = 'SELECT count(*) = max(number), count(DISTINCT number) = max(number) FROM message WHERE sender < 99 GROUP BY conversation'
    assert set(tutorial_site.query(storage(home), numbers)) == {(1, 1)}
    times = 'SELECT DISTINCT timestamp FROM message WHERE sender < 99 AND id != 2 AND id != 3 AND id != 4'
    assert tutorial_site.query(storage(home), times) == [('2026-01-15 11:00:00',)]


def test_without_pydals_files_and_under_our_name_it_is_the_same(ready_checkout, home):
    for path in storage(home).parent.glob('*.table'):
        path.unlink()
    shutil.move(storage(home), storage(home).with_name('messenger.sqlite'))
    with Trial(ready_checkout, MESSENGER_HOME=home, MESSENGER_DB_LEGACY_TIMEZONE='Asia/Tokyo', **BERLIN) as trial:
        trial.is_ready()
        assert '4 messages taken over' in trial.output
        assert trial.answers()
    rows = tutorial_site.query(storage(home).with_name('messenger.sqlite'), 'SELECT timestamp FROM message WHERE id = 1')
    assert rows == [('2026-01-15 03:00:00',)]


def test_a_zone_that_nobody_knows_stops_it_before_anything_is_served(ready_checkout, home):
    (site(home) / 'private').mkdir()
    (site(home) / 'private' / 'appconfig.ini').write_text('[db]\nuri = sqlite://storage.sqlite\nlegacy_timezone = Europe/Bonn\n')
    assert_fails_with(run(ready_checkout, home), 'setup_env.sh: The setting [db] legacy_timezone', "'Europe/Bonn'")


def test_a_database_of_a_later_release_is_refused_and_not_touched(ready_checkout, home):
    with Trial(ready_checkout, MESSENGER_HOME=home, **BERLIN) as trial:
        trial.is_ready()
        trial.end()
    with sqlite3.connect(storage(home)) as database:
        database.execute('UPDATE messenger_feed SET version = 99, least_reader = 99')
        database.execute('PRAGMA journal_mode = DELETE')
    database.close()
    before = {path: path.read_bytes() for path in storage(home).parent.glob('*.*')}
    done = run(ready_checkout, home)
    assert_fails_with(done, 'setup_env.sh: The database has schema version 99, made by a later release', 'Update the messenger.')
    assert 'starting web2py' not in done.stdout
    with sqlite3.connect(storage(home)) as database:
        database.execute('PRAGMA journal_mode = DELETE')    # each connection of ours turns WAL on
    database.close()
    after = {path: path.read_bytes() for path in before}
    assert [path.name for path in before if path.suffix != '.sqlite' and before[path] != after[path]] == []
    assert tutorial_site.query(storage(home), 'SELECT version FROM messenger_feed') == [(99,)]


def test_of_two_databases_one_must_be_named(ready_checkout, home):
    shutil.copy(storage(home), storage(home).with_name('older.sqlite'))
    assert_fails_with(run(ready_checkout, home), 'older.sqlite, storage.sqlite', '[db] uri', 'sqlite://older.sqlite')
    assert not (site(home) / 'private' / 'appconfig.ini').exists()


def test_where_we_have_one_already_the_other_is_only_spoken_of(ready_checkout, home):
    sqlite3.connect(storage(home).with_name('messenger.sqlite')).close()
    storage(home).with_name('messenger.sqlite').touch()
    with Trial(ready_checkout, MESSENGER_HOME=home) as trial:
        trial.is_ready()
        assert 'storage.sqlite holds messages too, which are not shown' in trial.output
        assert '[db] uri = sqlite://storage.sqlite' in trial.output
        assert 'ada@demo.invalid' in trial.output
    assert not (site(home) / 'private' / 'appconfig.ini').exists()
