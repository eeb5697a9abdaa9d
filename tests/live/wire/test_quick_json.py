"""JSON by orjson against its judges, Python's own json and strict.py: equal bytes, equal values, equal refusals; and both without it."""
import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messenger_core.errors import Refused
from messenger_live.wire import protocol, quick_json, strict

unhurried = settings(deadline=None, database=None, max_examples=200, suppress_health_check=list(HealthCheck))
characters = st.characters() | st.sampled_from(':\\"/\0\x1f\x7f\u2028é€😀\ud800\udfff\ufeff u003a')
texts = st.text(characters, max_size=12)
values = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-2**64, 2**65), st.floats(), st.floats(0.0001, 1e7), texts)
frames = st.dictionaries(texts, st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)),
                         max_size=5)


@pytest.fixture(params=['orjson', 'json'], autouse=True, scope='module')
def maker(request):
    """Everything here holds with orjson and without it."""
    installed = quick_json.orjson
    assert installed, 'the sidecar is tested with what it is run with'
    quick_json.orjson = installed if request.param == 'orjson' else None
    yield request.param
    quick_json.orjson = installed


def plain(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode('utf-8', 'replace')


@unhurried
@given(frames | values)
def test_what_is_said_is_what_json_would_say(value):
    assert quick_json.encode(value) == plain(value)


def test_every_character_is_said_as_json_says_it():
    for first in range(0, sys.maxunicode + 1, 4096):
        text = ''.join(map(chr, range(first, first + 4096)))
        assert quick_json.encode({'a': text}) == plain({'a': text})


@pytest.mark.parametrize('value', [
    {'a': 2**63}, {'a': 2**64}, {'a': -2**63 - 1}, {'a': 1e-7}, {'a': 1e16}, {'a': 0.1}, {'a': -0.0}, {1: 2}, {None: 1}, {True: 1}, {},
    {'a': float('nan')}, {'a': (1, 2)}, {'a': [{'b': {'c': 1e-7}}]}, {'a': '\ud800'}, {'\ud800': 1}, [], 'x', 'é\ud83d', True, 7])
def test_what_orjson_says_in_another_way_is_left_to_json(value):
    assert quick_json.encode(value) == plain(value)


@pytest.mark.parametrize('depth', [200, 254, 255, 300])
def test_what_is_too_deep_for_orjson_is_left_to_json(depth):
    value = {}
    for _ in range(depth):
        value = {'a': value}
    assert quick_json.encode(value) == plain(value)


def verdict(parse, text):
    """What comes of a text, told apart by types and signs too: True is 1, and -0.0 is 0, but not to the database."""
    try:
        return repr(parse(text))
    except (ValueError, RecursionError):
        return 'refused'


def assert_as_the_strict_one(text):
    expected = verdict(strict.parse, text)
    assert verdict(quick_json.parse, text) == expected, text
    try:
        data = text.encode('utf-8')
    except UnicodeEncodeError:
        return
    assert verdict(quick_json.parse, data) == expected, text


blanks = st.text(' \t\n\r', max_size=2) | st.sampled_from(['', '', '', '', '\x0b', '\u00a0', '\ufeff'])


@st.composite
def literals(draw):
    """A text as JSON may write it, and as nobody may: any character as it is, or as an escape, short or long."""
    written = ''
    for character in draw(texts):
        code = ord(character)
        short = {'\\': '\\\\', '"': '\\"', '\n': '\\n', '/': '\\/'}.get(character)
        units = [code] if code < 0x10000 else [0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code & 0x3FF)]
        long = ''.join('\\u%04x' % unit for unit in units)
        written += draw(st.sampled_from([short or character, short or character, long, long.upper().replace('U', 'u'), character]))
    return '"%s"' % written


numbers = st.sampled_from([
    '0', '-0', '7', '-1', '01', '1.', '.5', '1.5', '-0.0', '1e5', '1E400', '-1e400', '1e-400', 'NaN', 'Infinity', '-Infinity', '+1', '0x1',
    '9223372036854775807', '9223372036854775808', '18446744073709551615', '18446744073709551616', '-9223372036854775809', '9' * 400,
    '9' * 5000]) | st.integers().map(str) | st.floats().map(repr)
scalars = literals() | numbers | st.sampled_from(['true', 'false', 'null', 'True', 'nul', '', '{}', '[]', '[[]]', '{"a":{}}'])


@st.composite
def documents(draw, inner=scalars):
    pairs = [(draw(literals()), draw(inner)) for _ in range(draw(st.integers(0, 4)))]
    for key, _ in [*pairs] if draw(st.booleans()) else []:
        pairs.append((draw(st.sampled_from([key, key.replace('a', '\\u0061'), key.upper()])), draw(inner)))
    between = [draw(st.sampled_from([',', ',', ',', ', ', ' ,\n', ',,', ';', ''])) for _ in pairs]
    body = ''.join(draw(blanks) + key + draw(blanks) + draw(st.sampled_from([':', ':', ':', ' : ', '::', '=', '']))
                   + value + draw(blanks) + comma for (key, value), comma in zip(pairs, [*between[1:], '']))
    return draw(blanks) + '{' + body + draw(st.sampled_from(['}', '}', '}', '} ', '}}', '', '},', '}\0'])) + draw(blanks)


@unhurried
@given(documents(scalars | documents()))
def test_what_is_taken_and_what_is_refused_is_the_same(text):
    assert_as_the_strict_one(text)


@unhurried
@given(frames, st.booleans(), st.sampled_from([None, 1]))
def test_what_json_writes_is_read_the_same(frame, ascii_only, indent):
    assert_as_the_strict_one(json.dumps(frame, ensure_ascii=ascii_only, indent=indent))


RIGHT = ['{"type":"send","receiver":2,"content":"a: b","ref":"r:1"}', '{"a":1,"b":"\\u003a:"}', '{"a:":":","b":[1,{"c":2}]}']
WORDS = ['', ':', '"', '\\', '\\u003a', '"a":1,', ',"type":2', ',"ref":"\\u003a', '{', '}', '[', ',', '1', 'e9', ' ', '\ud83d', 'é', '\0']


@unhurried
@given(st.sampled_from(RIGHT), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3), st.sampled_from(WORDS)), max_size=4))
def test_a_frame_that_was_tampered_with_gets_the_same_verdict(text, changes):
    for place, cut, word in changes:
        text = text[:place] + word + text[place + cut:]
    assert_as_the_strict_one(text)


@unhurried
@given(st.binary(max_size=60) | st.binary(max_size=12).map(lambda piece: b'{"a":"' + piece + b'"}'))
def test_bytes_that_are_no_utf_8_are_refused_as_ever(data):
    def judge(data):
        return strict.parse(data.decode('utf-8'))
    assert verdict(quick_json.parse, data) == verdict(judge, data)


@pytest.mark.parametrize('text', [
    '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":"x:y","a":"z"}', '{"a":{"b":1},"a":1}', '{"a":1,"a":":"}', '{"a":"\\u003a","b":1,"b":2}',
    '{"a":"\\u003A\\u003a","b":1,"b":2}', '{"\\u003a":1,"\\u003a":2}', '{":":1,"\\u003a":":"}', '{"a":[],"a":[]}'])
def test_no_key_stands_there_twice_however_it_is_written(text):
    with pytest.raises(Refused, match='bad_json'):
        protocol.decode(text)
    with pytest.raises(Refused, match='bad_json'):
        protocol.decode(text.encode())


@pytest.mark.parametrize('text', [
    '{"type":"send","receiver":2,"content":"see https://a.example:80/x","ref":"a:b"}', '{"a":"\\u003a","b:":":\\\\u003a"}',
    '{"a":18446744073709551615,"b":true}', '{"a":18446744073709551616}', '{"a":-0,"b":-0.0,"c":1.5}', '{"a":{"b":":"},"c":["d:"]}'])
def test_colons_in_texts_are_no_keys(text):
    assert repr(protocol.decode(text)) == repr(json.loads(text)) == repr(protocol.decode(text.encode()))


def test_a_flat_frame_is_read_by_orjson_alone(maker, monkeypatch):
    monkeypatch.setattr(strict, 'parse', lambda text: pytest.fail('the strict decoder was asked'))
    if maker == 'orjson':
        assert protocol.decode(b'{"type":"send","receiver":"#2","content":"a: b","ref":"r:1"}')['content'] == 'a: b'
