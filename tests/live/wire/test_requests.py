"""What was asked for, as it stands in a log: one short line that gives nobody away."""
from time import process_time

import pytest
from messenger_live.allowances import Sparing
from messenger_live.wire.requests import named


@pytest.mark.parametrize(('method', 'target', 'expected'), [
    ('GET', '/messenger/messaging/stream/listen?v=1', 'GET /messenger/messaging/stream/listen'), ('OPTIONS', '*', 'OPTIONS *'),
    ('GET', 'http://ann:secret@chat.example/a?key=1', 'GET /a'), ('GET', 'https://chat.example', 'GET /'), ('GET', '', 'GET /'),
    ('GET', '/messenger/default/user/reset_password/0123-key', 'GET /messenger/default/user/reset_password/…'),
    ('GET', '/of/ann@example.com/x', 'GET /of/…/x'), ('GET', '/of/ann%40example.com', 'GET /of/…'), ('GET', '/ann%2540b.c/x', 'GET /…/x'),
    ('GET', '/of/ann\xef\xbc\xa0example.com', 'GET /of/…'), ('GET', '/of/ann%ef%bc%a0example.com', 'GET /of/…'),
    ('GET', '/messenger/messaging/chat/17', 'GET /messenger/messaging/chat/…'),
    ('GET', '/verify_email/pending-01234567-89ab-cdef-0123-456789abcdef', 'GET /verify_email/…'),
    ('GET', '/a\r\nb\x1b[31m\x85é', 'GET /a??b?[31m??'),
    ('A' * 99, '/' + 'b' * 999, 'A' * 16 + '… /' + 'b' * 79 + '…')])
def test_of_what_was_asked_a_log_has_method_and_path(method, target, expected):
    assert named(method, target) == expected


@pytest.mark.parametrize('target', ['a' * 60_000, '%' * 60_000, '%25' * 20_000, '/' * 60_000, '@/' * 30_000])
def test_however_long_it_is_that_takes_no_time(target):
    began = process_time()
    named('GET', '/' + target)
    assert process_time() - began < 0.5     # by the square of its length it took minutes


def test_a_scanner_does_not_fill_the_disk():
    said = []

    class Log:
        def warning(self, sentence, *what):
            said.append(sentence % what)

    sparing = Sparing(Log())
    for second in range(1_000):
        for _ in range(100):
            sparing.say(second, 'refused: %d', 404)
    assert said[:20] == ['refused: 404'] * 20 and len(said) < 130
    assert said[20].startswith('refused: 404 (') and said[20].endswith(' more like this were left out)')
    sparing.say(1_000, 'refused: %d', 403)
    assert said[-1] == 'refused: 403', 'nor does it keep the log from saying what is of another kind'
