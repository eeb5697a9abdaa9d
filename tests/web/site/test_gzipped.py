"""Pages for browsers that take them gzipped: the same page, of a length that nobody can foretell."""
import gzip
import re

import pytest
from webob import Request

KEYS = re.compile('value="[0-9a-f-]{32,36}"')     # of forms, and refs: new on each page


def page(browser, accepts, path='chat'):
    # Not by webtest, which unpacks what it gets.
    cookies = '; '.join('%s=%s' % pair for pair in browser.app.cookies.items())
    headers = {'Cookie': cookies, **({'Accept-Encoding': accepts} if accepts else {})}
    asked = Request.blank('/messenger/messaging/' + path, environ=dict(browser.app.extra_environ), headers=headers)
    answer = asked.get_response(browser.app.app)
    return answer, answer.headers.get('Content-Encoding')


def test_it_is_the_same_page(ann, bob):
    page(ann, '')       # which says "Logged in", once
    plain, encoding = page(ann, '')
    assert encoding is None
    packed, encoding = page(ann, 'gzip, deflate, br')
    assert encoding == 'gzip' and packed.headers['Vary'] == 'Accept-Encoding'
    assert KEYS.sub('', gzip.decompress(packed.body).decode()) == KEYS.sub('', plain.text)
    assert len(packed.body) < len(plain.body) / 2


def test_its_length_changes_from_one_time_to_the_next(ann):
    assert len({len(page(ann, 'gzip')[0].body) for _ in range(12)}) > 3


@pytest.mark.parametrize('accepts', ['', 'br', 'gzip;q=0', 'identity'])
def test_who_does_not_take_it_gets_it_plain(ann, accepts):
    assert page(ann, accepts)[1] is None


def test_what_is_no_page_is_left_alone(ann):
    answer, encoding = page(ann, 'gzip', 'conversations.json')
    assert encoding is None and answer.json['conversations'] == []
    answer, encoding = page(ann, 'gzip', 'chat/999')
    assert encoding is None and answer.status_int == 404 and 'no such member' in answer.text
