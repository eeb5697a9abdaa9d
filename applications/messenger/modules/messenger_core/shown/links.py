"""Where in a text addresses of the web are. static/js/shown/links.js says the same; tests/cases/links.json holds both to it.

Only what shows where it leads becomes a link: no scheme but http and https, no user before an @, no host that mixes ASCII with letters that
look like it, nothing invisible. What doesn't remains text.
"""
import re

# What ends an address: blanks, controls, quotes, what nobody can see or what turns the text around, and the punctuation of other scripts.
_INSIDE = (
    '[^\x00-\x20"<>\\\\`\x7f-\xa0\xab\xad\xbb\u034f\u060c\u061b-\u061f\u06d4\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u206f\u3000-\u303f\u3164'
    '\ufe00-\ufe0f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]')
# Letter by letter: where case is ignored, \u017f is an s.
_CANDIDATE = re.compile('(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww][.])%s+' % _INSIDE)
_BEFORE = {'h': re.compile('[A-Za-z0-9]'), 'w': re.compile('[A-Za-z0-9_@./:-]')}
_NAME = '[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?'
_OTHER_NAME = '[^\x00-\x7f]+(?:-+[^\x00-\x7f]+)*'
_HOST = re.compile(rf'(?:{_NAME}(?:[.]{_NAME})*|{_OTHER_NAME}(?:[.]{_OTHER_NAME})*)(?::[0-9]{{1,5}})?(?=[/?#]|\Z)')
_LONG_HOST = re.compile(rf'[Ww]{{3}}[.]{_NAME}(?:[.]{_NAME})+')
_PUNCTUATION = ".,:;!?'*_~"
_BRACKETS = {')': '(', ']': '[', '}': '{'}


def parts(text):
    """Return the text in pieces, as a list of (piece, the address it leads to or None)."""
    found, end = [], 0
    for match in _CANDIDATE.finditer(text):
        shown = _trimmed(match[0])
        if _stands_alone(text, match) and _is_plain(shown):
            found += [(text[end:match.start()], None), (shown, shown if shown[0] in 'hH' else 'https://' + shown)]
            end = match.start() + len(shown)
    return [piece for piece in found + [(text[end:], None)] if piece[0]]


def _trimmed(candidate):
    """Return the candidate without the punctuation of the sentence around it; a bracket belongs to it if it was opened there."""
    surplus = {close: candidate.count(close) - candidate.count(opening) for close, opening in _BRACKETS.items()}
    end = len(candidate)
    while candidate[end - 1] in _PUNCTUATION or surplus.get(candidate[end - 1], 0) > 0:
        end -= 1
        surplus[candidate[end]] = surplus.get(candidate[end], 0) - 1
    return candidate[:end]


def _stands_alone(text, match):
    before = text[match.start() - 1:match.start()]
    return not _BEFORE[match[0][0].lower()].match(before)


def _is_plain(shown):
    if shown[0] in 'wW':
        return bool(_LONG_HOST.match(shown) and _HOST.match(shown))
    return bool(_HOST.match(shown, shown.find('//') + 2))
