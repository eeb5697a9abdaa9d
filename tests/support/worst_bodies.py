"""The dearest bodies that a form of so many bytes and fields lets in: what costs much for each byte, or for each field."""
BOUNDARY = 'b'
LINE, PARTS, JSON = 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=' + BOUNDARY, 'application/json'


def filled(unit, size, head=b''):
    """Return `head` and as many whole units as there is room for."""
    return head + unit * ((size - len(head)) // len(unit))


def parts(fields, size):
    """Return a form in parts: so many fields without a text, and one that fills the rest with texts that grow in a page."""
    head = b''.join(b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % number for number in range(fields - 1))
    head += b'--b\r\nContent-Disposition: form-data; name="content"\r\n\r\n'
    return filled(b'"', size - 10, head) + b'\r\n--b--\r\n'


def long_heads(fields, size):
    """Return a form of parts of which each says as much about itself as it may."""
    each = min(size // fields, 1_000)
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\r\n'
    return b''.join(head % filled(b'\\"', each - 60, b'%d' % number) for number in range(fields)) + b'--b--\r\n'


def worst(size, fields, json_size, field='content'):
    """Yield (name, content type, body): each within `size` bytes and so many fields, JSON within `json_size`."""
    head = field.encode() + b'='
    yield 'escapes', LINE, filled(b'%22', size, head)
    yield 'emoji', LINE, filled(b'%F0%9F%98%80', size, head)
    yield 'one emoji among quotes', LINE, filled(b'%22', size, head + b'%F0%9F%98%80')
    yield 'signs that are no UTF-8', LINE, filled(b'\xff', size, head)
    yield 'blanks', LINE, filled(b'+', size, head)
    yield 'lone percents', LINE, filled(b'%', min(size, 10_000), head)
    yield 'many fields', LINE, b'&'.join(b'f%d=%s' % (number, b'%22' * ((size // fields - 8) // 3)) for number in range(fields))
    yield 'one name again and again', LINE, b'&'.join([head + b'%22' * ((size // fields - len(head) - 1) // 3)] * fields)
    yield 'a long name', LINE, filled(b'%22', size)
    yield 'quotes in parts', PARTS, parts(2, size)
    yield 'many parts', PARTS, parts(fields, size)
    yield 'long heads of parts', PARTS, long_heads(fields, size)
    yield 'lines', PARTS, parts(1, size).replace(b'"' * 2, b'\r\n')
    yield 'JSON of lists', JSON, filled(b'[],', json_size - 20, b'{"content":[') + b'[]]}'
    yield 'JSON of objects', JSON, filled(b'{},', json_size - 20, b'{"content":[') + b'{}]}'
    yield 'JSON of a number', JSON, filled(b'9', min(json_size, 4_300) - 1, b'{"content":') + b'}'
