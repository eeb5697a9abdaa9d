"""The fields of a form out of its bytes: as the standard library reads them, where that is sensible."""
import random
from urllib.parse import parse_qsl, urlencode

import pytest

ODD = ['', '=', '&', '+', ' ', '%', '%25', '%4', '\n', '\r\n', '=\n', 'ä', '\U0001f600', '\x00', '"', '\\', '_', '=3D', '==', '%%', '%zz']


@pytest.fixture
def fields(gluon):
    from messenger_web.entrance import fields
    return fields


def as_lists(pairs):
    found = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def test_forms_in_a_line_are_read_as_the_standard_library_does(fields):
    chance = random.Random(7)
    for _ in range(300):
        pairs = [(''.join(chance.choices(ODD, k=3)), ''.join(chance.choices(ODD, k=6))) for _ in range(4)]
        assert fields.in_line(urlencode(pairs).encode(), 99) == as_lists(pairs)


def test_so_are_lines_that_no_browser_writes(fields):
    chance = random.Random(8)
    signs = [b'%', b'%41', b'%4', b'%e4', b'=', b'&', b'+', b'a', b'\xff', b'\n', b'\r\n', b'%0', b'%0a', b'%zz', b';', b'%3D', b'%3d']
    for _ in range(3000):
        line = b''.join(chance.choices(signs, k=8))
        pairs = parse_qsl(line.decode('utf-8', 'replace'), keep_blank_values=True, encoding='utf-8', errors='replace')
        assert fields.in_line(line, 99) == as_lists(pairs), line


@pytest.mark.parametrize('count', [10_001, 100_000])
def test_of_what_are_no_escapes_a_few_are_taken(fields, count):
    assert fields.in_line(b'a=' + b'%' * 10_000, 9) == {'a': '%' * 10_000}
    with pytest.raises(ValueError, match='not escapes'):
        fields.in_line(b'a=' + b'%' * count, 9)


def part(head, value, boundary=b'b'):
    return b'--%s\r\n%s\r\n\r\n%s\r\n' % (boundary, head, value)


def named(name, value, more=b''):
    return part(b'Content-Disposition: form-data; name=' + name + more, value)


END = b'--b--\r\n'
KIND = 'multipart/form-data; boundary=b'


@pytest.mark.parametrize(('parts', 'expected'), [
    (named(b'"a"', b'1') + named(b'"a"', b'2'), {'a': ['1', '2']}),
    (named(b'a', b'\r\nx\r\n'), {'a': '\r\nx\r\n'}),
    (named(b'"a\\"b\\\\"', b'1'), {'a"b\\': '1'}),
    (named(b'"a"', 'ä'.encode()) + named(b'"b"', b'\xff'), {'a': 'ä', 'b': '\ufffd'}),
    (named(b'"; name=x"', b'1'), {'; name=x': '1'}),
    (named(b'"a"', b'of a file', b'; filename="x.txt"'), {'a': ''}),
    (part(b'content-disposition: FORM-DATA; filename="x; name=y"; name="a"', b'1'), {'a': ''}),
    (part(b'Content-Type: text/plain\r\nContent-Disposition: form-data; name="a"', b'1'), {'a': '1'}),
    (named(b'"a"', b'--c\r\n\r\nnested\r\n--c--', b'\r\nContent-Type: multipart/mixed; boundary=c'), {'a': '--c\r\n\r\nnested\r\n--c--'}),
    (part(b'Content-Disposition: form-data', b'nameless') + named(b'a', b'1'), {'a': '1'}),
    (b'before\r\n' + named(b'a', b'1'), {'a': '1'})])
def test_forms_in_parts_are_read(fields, parts, expected):
    assert fields.in_parts(parts + END, KIND, 9) == expected
    assert fields.in_parts(parts + END + b'after it', 'multipart/form-data; charset=x; boundary="b"', 9) == expected


@pytest.mark.parametrize('body', [
    b'', b'x', b'--b', END, named(b'a', b'1'), named(b'a', b'1') + b'--b', b'--b\r\nno head' + END, b'--bb\r\n\r\n' + END,
    named(b'a', b'1') + END + named(b'b', b'2') + END, b'--b--' + named(b'a', b'1')])
def test_what_has_no_parts_or_no_end_is_none(fields, body):
    with pytest.raises(ValueError, match='no '):
        fields.in_parts(body, KIND, 9)


@pytest.mark.parametrize('boundary', ['', ' ', 'b ', 'ä', 'x' * 71, '"', '"x', '\x00', 'a\nb'])
def test_so_is_what_has_no_boundary(fields, boundary):
    with pytest.raises(ValueError, match='no '):
        fields.in_parts(named(b'a', b'1') + END, 'multipart/form-data; boundary="%s"' % boundary, 9)


def test_a_file_is_taken_where_it_is_wished(fields):
    taken = fields.in_parts(named(b'a', b'1,2', b'; filename="x.csv"') + END, KIND, 9, takes_files=True)['a']
    assert (taken.filename, taken.value, taken.file.read()) == ('x.csv', b'1,2', b'1,2')
