"""The log: a line for each event, whatever it is about, as text or as JSON, and nothing in it that no log should hold."""
import json
import logging
import sys

import pytest
from messenger_live.operation import logs

SECRET = 'what somebody wrote'


def record(message='a thing happened: %d', *arguments, failed=False):
    try:
        if failed:
            try:
                raise ValueError(SECRET)
            except ValueError as error:
                raise KeyError(SECRET) from error
    except KeyError:
        return logging.LogRecord('messenger.x', logging.ERROR, __file__, 1, message, arguments, sys.exc_info())
    return logging.LogRecord('messenger.x', logging.INFO, __file__, 1, message, arguments, None)


@pytest.mark.parametrize('kind', ['text', 'json'])
def test_each_event_is_one_line(kind):
    for event in (record('two\nlines'), record('x %d', 5, failed=True)):
        assert '\n' not in logs.FORMATS[kind]().format(event)


@pytest.mark.parametrize('kind', ['text', 'json'])
def test_a_fault_is_told_by_its_kind_and_place_without_its_words(kind):
    line = logs.FORMATS[kind]().format(record('it failed', failed=True))
    assert 'ValueError at test_logs.py:' in line and 'then KeyError at test_logs.py:' in line and SECRET not in line


def test_json_has_the_same_in_fields():
    event = json.loads(logs.FORMATS['json']().format(record('member %d', 7)))
    assert event.pop('time').endswith('Z')
    assert event == {'level': 'INFO', 'logger': 'messenger.x', 'message': 'member 7'}
    assert set(json.loads(logs.FORMATS['json']().format(record('x', failed=True)))) == {'time', 'level', 'logger', 'message', 'exception'}


def test_a_line_that_cannot_be_made_is_dropped_and_nothing_is_printed_instead(monkeypatch, capfd):
    class Forgetful(logs.Discreet):
        def format(self, record):
            raise MemoryError(SECRET)
    root = logging.getLogger()
    monkeypatch.setattr(logging, 'raiseExceptions', True)
    monkeypatch.setattr(root, 'handlers', [])
    monkeypatch.setattr(root, 'level', root.level)
    monkeypatch.setitem(logs.FORMATS, 'text', lambda: Forgetful('%(message)s'))
    stop = logs.start('text')
    logging.getLogger('messenger.x').error('it failed')
    stop()
    assert capfd.readouterr() == ('', '')
