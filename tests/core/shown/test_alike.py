"""Server and page show the same of any text: tried with texts that nobody thought of, of pieces that have been trouble."""
import json
import random
import subprocess

import pytest
from machine import node
from messenger_core.shown import emoji, lines, links
from places import APPLICATION

ADDRESSES = [*'ab.-_/?#&=%@()[]{}<!,*~^|+$', "'", 'com', '.com', '.de', '..', '//', ':80', ':65536', '127.0.0.1', '0x7f', 'localhost',
             't.co/', 'xn--', 'https://', 'http://', 'www.', 'HTTPS://', '"', ' ', '\n', '–', '—', '查', '한',
             'ー', 'ノ', '丿', 'а', 'ӏ', 'é', 'e\u0301', '✪', '👍', '\ufe0f', '∕', '\u200b', '。',
             'İ', 'ſ', 'ﬁ', 'م', '\u200d', '❞', '٣', '²', 'ª']
BEGIN = ('', 'https://', 'https://a.com', 'https://a.com/a')
LINES = [*'\n\r\u2028\u2029\x0b\x0c\x85 \t\u200b\u2800\u180b\U00013441a\u0600😀', '\r\n']
EMOJI = [*'👩\u200d🚀❤\ufe0f\ufe0e©1\u20e3🇩🇪🏽👍 \n🏴\U000e0067\U000e007fa⚕↔']
ASKED = '''import { partsOf } from '%(shown)s/links.js'; import { isLong, shownOf, inOneLine } from '%(shown)s/lines.js';
import { isEmoji } from '%(shown)s/emoji.js'; import { readFileSync } from 'node:fs';
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf-8')).map(text => [
    partsOf(text).map(part => [part.text, part.href ?? null]), shownOf(text), isLong(text), inOneLine(text, 20), isEmoji(text)])));'''


def texts():
    chance = random.Random(12)
    for pieces, most in ((ADDRESSES, 14), (LINES, 30), (EMOJI, 7)):
        for _ in range(2_000):
            yield ''.join(chance.choices(pieces, k=chance.randint(1, most)))


def shown(text):
    pieces = list(map(list, links.parts(text)))
    return [pieces, lines.shown(text), lines.is_long(text), lines.in_one_line(text, 20), emoji.is_emoji(text)]


def test_server_and_page_show_the_same_of_any_text():
    path, absence = node.find()
    if path is None:
        pytest.skip(absence)
    begin = [BEGIN[number % 4] for number in range(2_000)] + [''] * 4_000
    tried = [start + text for start, text in zip(begin, texts())]
    asked = ASKED % {'shown': (APPLICATION / 'static' / 'js' / 'shown').as_uri()}
    ran = subprocess.run([path, '--input-type=module', '-e', asked], input=json.dumps(tried),
                         stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    told = dict(zip(tried, json.loads(ran.stdout)))
    here = {text: shown(text) for text in tried}
    assert [ascii((text, here[text], told[text])) for text in tried if here[text] != told[text]] == []
    assert sum(any(address for _, address in pieces) for pieces, *_ in here.values()) > 500
