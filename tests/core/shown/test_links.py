"""What becomes a link, and what large: the tables that the page's scripts are tested with as well.

links.json holds what the fixtures of twitter-text and linkify-it say of addresses that begin with a scheme or with www. Told otherwise is
what deceives: a user before an @, an invisible character, letters in another's shape. Left out are IPv6 (brackets are for notes), other
schemes, addresses without any, and which domains there are after www, as no list of the world's is kept. Of names without a dot
linkify-it links to all, twitter-text to none; here localhost alone is one.
"""
import json
import time

import pytest
from messenger_core.shown import emoji, links
from places import ROOT


def table(name):
    return json.loads((ROOT / 'tests' / 'cases' / ('%s.json' % name)).read_text(encoding='utf-8'))


@pytest.mark.parametrize(('text', 'expected'), table('links'), ids=lambda value: ascii(value)[:60])
def test_a_text_has_these_links_and_stays_what_it_was(text, expected):
    pieces = links.parts(text)
    assert [[piece, address] for piece, address in pieces if address] == expected
    assert ''.join(piece for piece, _ in pieces) == text


@pytest.mark.parametrize(('address', 'told'), table('hosts'), ids=ascii)
def test_a_host_that_may_be_taken_for_another_is_told_in_ascii(address, told):
    assert links.title(address) == told


@pytest.mark.parametrize('text', [
    'https://example.com/' + ')' * 9_900, 'https://' + 'a-' * 4_900, 'www.' * 2_500, 'https://' + 'a.' * 4_900 + '!', 'http://' * 1_400,
    'https://example.com/' + '(' * 4_900 + ')' * 4_900, 'https://a.com查' * 700, 'https://a.com/a查' * 600, 'https://' + '查' * 9_900,
    'https://a.com/' + 'a-' * 4_900, 'https://a.com/(' * 660,
    "https://a.com'" * 700, 'https://a.com(' * 700, 'www.a.com,' * 900 + '@',
    'https://a.com/[[https://b.com/]' * 320, "'" * 9_900], ids=lambda text: text[:30])
def test_a_text_made_to_take_long_does_not(text):
    started = time.process_time()
    links.parts(text)
    assert time.process_time() - started < 0.25


@pytest.mark.parametrize(('text', 'expected'), table('emoji'), ids=lambda value: ascii(value)[:60])
def test_one_to_three_emoji_are_nothing_else(text, expected):
    assert emoji.is_emoji(text) is expected
