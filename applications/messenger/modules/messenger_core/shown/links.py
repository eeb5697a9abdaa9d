"""Where in a text addresses of the web are. static/js/shown/links.js says the same; tests/cases/links.json holds both to it.

Only what shows where it leads becomes a link: no scheme but http and https, no user before an @, nothing invisible. What doesn't remains
text. Where published collections differ on what an address is, that of twitter-text is followed.
"""
import re

from .hosts import LONGEST, RUNNING, host_of, punycode

# What ends an address: blanks, controls, quotes, what nobody can see or what turns the text around, and the punctuation of other scripts.
_RUN = re.compile(
    '[^\x00-\x20"<>\\\\`\x7f-\xa0\xab\xad\xbb\u034f\u060c\u061b-\u061f\u06d4\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u2012\u2014-\u206f\u3000-\u3004'
    '\u3008-\u3030\u303d-\u303f\u3164'
    '\ufe00-\ufe0f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]+')
# Letter by letter: where case is ignored, \u017f is an s.
_START = re.compile('[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww][.]')
_BEFORE = {'h': re.compile('[A-Za-z0-9_@#$\uff20\uff03]'), 'w': re.compile('[A-Za-z0-9_@./:-]')}
# Another address may come right after one and a word in such a script. Apart they take no longer the more there are.
_SENTENCES = re.compile('(?<=[%s])(?=%s)' % (RUNNING, _START.pattern))
# A port, and neither more of a name nor a user.
_AFTER_HOST = re.compile(r'(?::([0-9]{1,5})(?![0-9]))?(?![+]|:[0-9]|[^/?#()\[\]]{0,253}@)')
# A bracket; or where a sentence in such a script begins: right after the host's slash, or after other letters of the same part of the path.
_TURN = re.compile(r'[()\[\]{}]|(?:^/|[/=&?#_-][^/=&?#_()\[\]{}%s-]+)(?=[%s])' % (RUNNING, RUNNING))
# Those that t.co makes have letters and digits, and a query perhaps.
_SHORT = re.compile('/[A-Za-z0-9]+')
_LONGEST_SHORT = 40
_PUNCTUATION = '.,:;!?*~^@$%|\u2013'
_BRACKETS = {')': '(', ']': '[', '}': '{'}


def parts(text):
    """Return the text in pieces, as a list of (piece, the address it leads to or None)."""
    return [piece for sentence in _SENTENCES.split(text) for piece in _parts(sentence)]


def _parts(text):
    found, done, match = [], 0, _START.search(text)
    while match:
        run, at = _RUN.match(text, match.start())[0], match.start()
        for start, end in _addresses(run, text[at - 1:at]):
            shown = run[start:end]
            found += [(text[done:at + start], None), (shown, shown if shown[0] in 'hH' else 'https://' + shown)]
            done = at + end
        match = _START.search(text, at + len(run))
    return [piece for piece in found + [(text[done:], None)] if piece[0]]


def title(address):
    """Return what is told of an address whose host may be taken for another: the host in ASCII. Else None."""
    return punycode(host_of(address[address.find('//') + 2:]))


def _addresses(run, before):
    """Yield (start, end) of the addresses in what has no blanks; after what only looks like one none is sought."""
    closed, match = _closed(run), _START.match(run)
    while match:
        start = match.start()
        before = run[start - 1:start] or before
        end = None if _BEFORE[run[start].lower()].match(before) else _end(run, match, closed, before == "'")
        if end is None:
            return
        yield start, end
        match = _START.search(run, end)


def _closed(run):
    """Return where each bracket that is closed is."""
    closed, opened = {}, []
    for bracket in re.finditer(r'[()\[\]{}]', run):
        if bracket[0] not in _BRACKETS:
            opened.append(bracket.start())
        elif opened and run[opened[-1]] == _BRACKETS[bracket[0]]:
            closed[opened.pop()] = bracket.start()
    return closed


def _end(run, match, closed, is_quoted):
    is_www = run[match.start()] in 'wW'
    start = match.start() if is_www else match.end()
    host = host_of(run[start:start + LONGEST + 1])
    after = _AFTER_HOST.match(run, start + len(host))
    if not host or not after or int(after[1] or 0) > 65_535 or (is_www and host.count('.') < 2):
        return None
    path = after.end()
    if run[path:path + 1] not in ('/', '?', '#'):
        return path
    short = _SHORT.match(run, path) if host.lower() == 't.co' else None
    if short and run[short.end():short.end() + 1] != '?':
        return short.end() if len(short[0]) <= 1 + _LONGEST_SHORT else None
    return _trimmed(run, path, path + _length(run[path:], path, closed), is_quoted)


def _length(rest, path, closed):
    """Return how much may belong to the address: up to a bracket that isn't closed, or wasn't opened, or up to a sentence."""
    turn = _TURN.search(rest)
    while turn and path + turn.start() in closed:
        turn = _TURN.search(rest, closed[path + turn.start()] - path + 1)
    return len(rest) if not turn else turn.start() if turn[0] in '()[]{}' else turn.end()


def _trimmed(run, path, end, is_quoted):
    """Return where the address ends without the punctuation of the sentence around it; quotes that pair up belong to it."""
    punctuation = _PUNCTUATION if '?' in run[path:end] else _PUNCTUATION + '&'
    quotes = run.count("'", path, end)
    while end > path and (run[end - 1] in punctuation or (run[end - 1] == "'" and (is_quoted or quotes % 2))):
        end -= 1
        quotes -= run[end] == "'"
    return end
