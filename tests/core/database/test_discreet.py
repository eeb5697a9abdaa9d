"""What a log says of an error: what it was and where, and nothing of whoever it was about."""
import contextlib
import sqlite3

import pytest
from machine import mariadb, postgres
from messenger_core import errors, faults

ADDRESS = "ann.o'lee@example.com"


@pytest.fixture(params=['sqlite', 'postgres', 'mariadb'])
def fails(request):
    """A function that returns the error of a driver whose database refuses a statement with a value."""
    is_sqlite = request.param == 'sqlite'
    server = None if is_sqlite else {'postgres': postgres, 'mariadb': mariadb}[request.param]
    line = sqlite3.connect(':memory:') if is_sqlite else server.connect(request.getfixturevalue(request.param + '_uri'))
    with contextlib.closing(line):
        cursor = line.cursor()
        cursor.execute('CREATE TABLE people (email VARCHAR(99), number INTEGER)')
        cursor.execute('CREATE UNIQUE INDEX one ON people (email)')

        def fails(sql, *values):
            with pytest.raises(Exception) as raised:
                for _ in range(2):
                    cursor.execute(sql.replace('%s', '?') if is_sqlite else sql, values)
            return raised.value
        yield fails


def test_of_a_row_that_is_there_already_the_kind_is_said_and_the_place(fails):
    error = fails('INSERT INTO people (email) VALUES (%s)', ADDRESS)
    traced = faults.traced(error)
    assert type(error).__name__ in traced and 'test_discreet.py:' in traced and 'fails' in traced
    assert 'lee' not in traced and 'lee' not in faults.traced(errors.Refused('busy').with_traceback(error.__traceback__))


def test_what_it_came_from_is_said_in_the_same_way():
    try:
        try:
            raise ValueError(ADDRESS)
        except ValueError as error:
            raise KeyError(ADDRESS) from error
    except KeyError as error:
        said = faults.traced(error)
    assert said.startswith('ValueError at test_discreet.py:') and ', then KeyError at test_discreet.py:' in said and 'lee' not in said


@pytest.mark.parametrize(('error', 'line'), [
    (sqlite3.OperationalError('database is locked'), 'database is locked'),
    ('words of our own', 'words of our own'), (OSError(2, 'No such file'), '[Errno 2] No such file'),
    (Exception(2003, "Can't connect to 'localhost'"), '(2003, "Can\'t connect to \'localhost\'")'),
    (Exception(1366, "Incorrect string value: 'ann's' for column `people`.`email` at row 1"), None),
    (Exception(1062, "Duplicate entry 'ann@example.com' for key 'one'"), None)])
def test_what_a_database_says_of_itself_is_said_and_values_are_not(error, line):
    said = faults.said(error)
    assert said == line if line else 'ann' not in said and str(error.args[0]) in said


def test_nor_is_what_a_statement_was_about(fails):
    assert 'lee' not in faults.said(fails('SELECT 1 FROM people people lee'))


def test_nor_what_is_no_number(postgres_uri):
    with contextlib.closing(postgres.connect(postgres_uri)) as line, pytest.raises(Exception) as raised:
        line.cursor().execute('SELECT CAST(%s AS INTEGER)', [ADDRESS + '\nand more'])
    assert 'lee' in str(raised.value) and 'lee' not in faults.said(raised.value)
