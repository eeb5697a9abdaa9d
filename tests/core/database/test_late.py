"""The DAL of pages: tables are defined when they are asked for, and SQLite's connections go on."""
import os
import sqlite3

import pytest
from messenger_core import settings
from messenger_core.database import connection, late, tables, transaction
from messenger_core.errors import Refused
from pydal import DAL, Field
from pydal.connection import ConnectionPool


@pytest.fixture
def open_one(tmp_path):
    """A function that opens the database as a request does, and gives its connection back at the end of it."""
    chosen, opened = settings.load(tmp_path, {}), []

    def open_one(folder='databases', keeps=2):
        (tmp_path / folder).mkdir(exist_ok=True)
        db = late.Database('sqlite://messenger.sqlite', folder=str(tmp_path / folder), migrate_enabled=False, **connection.options(chosen))
        late.keep_connections(db._adapter, keeps)
        opened.append(db)
        return db
    yield open_one
    for db in opened:
        db._adapter.pool_size = 0
        db._adapter.close(None)
    for uri in [uri for uri in ConnectionPool.POOLS if str(tmp_path) in uri]:
        for one in ConnectionPool.POOLS.pop(uri):
            one.close()


def end(db):
    """As web2py ends a request."""
    db._adapter.close('commit')


@pytest.fixture
def defined(monkeypatch):
    """The names of the tables that are defined, in their order."""
    names, plain = [], DAL.lazy_define_table

    def define(db, name, *fields, **options):
        names.append(name)
        return plain(db, name, *fields, **options)
    monkeypatch.setattr(DAL, 'lazy_define_table', define)
    return names


def members(db):
    for name in ('auth_user', 'auth_group'):
        db.define_table(name, Field('first_name'), Field('last_name'), Field('registration_key'))


def test_a_table_is_defined_when_it_is_asked_for_and_once(open_one, defined):
    db = open_one()
    db.define_later(('auth_user', 'auth_group'), lambda: members(db))
    tables.define_later(db, 17, 'message')
    assert defined == [] and 'message' in db and list(db.tables) == ['auth_user', 'auth_group', *tables.TABLES]
    assert db.message.sender.default == 17
    # What it refers to is defined with it; of what belongs together, all.
    assert sorted(defined) == ['auth_group', 'auth_user', 'conversation', 'message']
    assert db.message is db['message'] and db.auth_user.first_name and len(defined) == 4


def test_who_goes_through_all_tables_sees_each_once(open_one, defined):
    db = open_one()
    db.define_later(('auth_user', 'auth_group'), lambda: members(db))
    tables.define_later(db, None, 'message')
    assert [table._tablename for table in db] == list(db.tables) == ['auth_user', 'auth_group', *tables.TABLES]
    assert sorted(defined) == sorted(db.tables)


def test_they_are_as_those_that_are_defined_at_once(open_one):
    late_one, plain = open_one(), open_one()
    late_one.define_later(('auth_user', 'auth_group'), lambda: members(late_one))
    tables.define_later(late_one, None, 'message')
    members(plain)
    tables.define(plain)
    for name in tables.TABLES:
        assert [(one.name, one.type, one.length) for one in late_one[name]] == [(one.name, one.type, one.length) for one in plain[name]]
        assert late_one[name]._rname == plain[name]._rname
    assert late_one.auth_user._referenced_by and {str(one) for one in late_one.auth_user._referenced_by} == {
        str(one) for one in plain.auth_user._referenced_by}


def test_what_somebody_defines_besides_is_there_at_once(open_one):
    db = open_one()
    tables.define_later(db, None, 'message')
    assert db.define_table('sites_own', Field('name')) is db.sites_own and 'sites_own' in db.tables
    with pytest.raises(SyntaxError):
        db.define_table('event', Field('of_the_site'))
    with pytest.raises(AttributeError):
        db.nothing  # noqa: B018


def test_the_next_request_goes_on_with_the_connection(open_one):
    first = open_one()
    kept = first._adapter.connection
    first.executesql('CREATE TABLE one (id INTEGER)')
    end(first)
    second = open_one()
    assert second._adapter.connection is kept and second.executesql('SELECT * FROM one') == []
    third = open_one()
    assert third._adapter.connection is not kept
    assert third.executesql('PRAGMA synchronous') == second.executesql('PRAGMA synchronous') == [(2,)]


def test_who_goes_on_with_one_takes_turns_too(open_one, tmp_path):
    first = open_one()
    first.executesql('CREATE TABLE one (id INTEGER)')
    end(first)
    second, third = open_one(), open_one()
    for db in (second, third):      # one goes on with that of the first, the other opens one
        assert db.executesql('SELECT * FROM one') == []
    with transaction.turnstile(first):
        for db in (second, third):
            db._adapter.driver_args['timeout'] = 0.05
            with pytest.raises(Refused):
                db.executesql('INSERT INTO one VALUES (1)')
    second.executesql('INSERT INTO one VALUES (1)')
    end(second)
    assert third.executesql('SELECT * FROM one') == [(1,)]


def test_no_more_are_kept_than_that(open_one):
    opened = [open_one(keeps=2) for _ in range(4)]
    connections = [db._adapter.connection for db in opened]
    for db in opened:
        end(db)
    again = [open_one(keeps=2)._adapter.connection for _ in range(3)]
    assert len({id(one) for one in again} & {id(one) for one in connections}) == 2
    with pytest.raises(sqlite3.ProgrammingError):
        connections[-1].execute('SELECT 1')


def test_of_two_applications_each_has_its_own(open_one):
    ours = open_one('ours')
    ours.executesql('CREATE TABLE ours (id INTEGER)')
    end(ours)
    theirs = open_one('theirs')
    assert theirs.executesql('SELECT name FROM sqlite_master') == []


def test_a_file_that_was_replaced_is_opened_anew(open_one, tmp_path):
    first = open_one()
    first.executesql('CREATE TABLE before (id INTEGER)')
    gone = first._adapter.connection
    end(first)
    path = tmp_path / 'databases' / 'messenger.sqlite'
    for one in path.parent.glob('messenger.sqlite*'):
        os.rename(one, str(one) + '.gone')
    second = open_one()
    assert second.executesql("SELECT name FROM sqlite_master WHERE type = 'table'") == []
    with pytest.raises(sqlite3.ProgrammingError):
        gone.execute('SELECT 1')


def test_what_was_not_committed_is_not_left_to_the_next(open_one):
    first = open_one()
    first.executesql('CREATE TABLE one (id INTEGER)')
    end(first)
    second = open_one()
    second.executesql('INSERT INTO one VALUES (1)')
    second._adapter.close('rollback')
    assert open_one().executesql('SELECT * FROM one') == []


def test_one_that_has_failed_is_not_kept(open_one):
    db = open_one()
    db.executesql('CREATE TABLE one (id INTEGER)')
    failed = db._adapter.connection
    transaction.undo(db, sqlite3.OperationalError('disk I/O error'))
    assert db._adapter.connection is not failed
    with pytest.raises(sqlite3.ProgrammingError):
        failed.execute('SELECT 1')
