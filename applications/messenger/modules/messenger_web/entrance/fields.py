"""The fields of a form out of its bytes, in time and memory that follow the number of bytes. Bytes and texts only.

The standard library's ways are too dear for what a stranger sends: cgi.FieldStorage looks through all fields once for each, and
urllib.parse makes three objects of each escape.
"""
import binascii
import io
import re

from gluon.storage import Storage

LONE = re.compile(rb'%(?![0-9A-Fa-f]{2})')
LONE_PERCENTS = 10_000      # what a careless script writes, and no browser
HEAD_BYTES = 1_024
PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^;"\s]*)', re.ASCII | re.DOTALL)
BOUNDARY = re.compile('[ -~]{0,69}[!-~]')
DISPOSITION = re.compile(rb'(?:^|\r\n)content-disposition:[ \t]*form-data([^\r\n]*)', re.IGNORECASE)


class TooMany(Exception):
    """There are more fields, or there is more about one, than any form of ours has."""


class Upload:
    """A file in a form, with the names that web2py's have."""

    def __init__(self, filename, value):
        self.filename, self.value, self.file = filename, value, io.BytesIO(value)

    def __str__(self):
        return ''


def in_line(body, most):
    """Return the fields of a form in one line, at most so many; raises TooMany, ValueError."""
    if body.count(b'&') >= most:
        raise TooMany
    pairs = [pair.partition(b'=') for pair in body.replace(b'+', b' ').split(b'&') if pair]
    return gathered([(_unescaped(name), _unescaped(value)) for name, _, value in pairs])


def in_parts(body, content_type, most, takes_files=False):
    """Return the fields of a form in parts, at most so many; raises TooMany, ValueError. Of files nothing is taken unless it is wished."""
    boundary = parameters(content_type).get('boundary', '')
    if not BOUNDARY.fullmatch(boundary):
        raise ValueError('no boundary')
    mark = b'--' + boundary.encode()
    if body.count(mark) > most + 1:
        raise TooMany
    _, *parts = (b'\r\n' + body).split(b'\r\n' + mark)
    if not parts or not parts[-1].startswith(b'--') or len(parts) < 2:
        raise ValueError('no end, or nothing before it')
    found = [_part(part, takes_files) for part in parts[:-1]]
    return gathered([field for field in found if field])


def parameters(header):
    """Return {name: value} of what stands behind a header's value."""
    return {name.lower(): value[1:-1].replace('\\\\', '\\').replace('\\"', '"') if value.startswith('"') else value
            for name, value in PARAMETER.findall(header)}


def gathered(pairs):
    """Return a Storage of fields: a value, or the list of its values where there are several."""
    fields = Storage()
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    for name, values in fields.items():
        fields[name] = values if len(values) > 1 else values[0]
    return fields


def _unescaped(raw):
    if LONE.search(raw):
        if raw.count(b'%') > LONE_PERCENTS:
            raise ValueError('what are not escapes')
        raw = LONE.sub(b'%25', raw)
    # Mails write the same escapes with another sign, and for those there is code in C.
    return binascii.a2b_qp(raw.replace(b'=', b'%3D').replace(b'%', b'=')).decode('utf-8', 'replace')


def _part(part, takes_files):
    """Return (name, value) of a part, or None for one without a name."""
    head, found, value = part.partition(b'\r\n\r\n')
    if not found or not head.lstrip(b' \t').startswith(b'\r\n'):
        raise ValueError('no part')
    if len(head) > HEAD_BYTES:
        raise TooMany
    disposition = DISPOSITION.search(head)
    named = parameters(disposition[1].decode('utf-8', 'replace')) if disposition else {}
    if 'name' not in named:
        return None
    if named.get('filename'):
        return named['name'], Upload(named['filename'], value) if takes_files else ''
    return named['name'], value.decode('utf-8', 'replace')
