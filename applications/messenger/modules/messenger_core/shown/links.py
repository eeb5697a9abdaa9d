"""Where in a text addresses of the web are. static/js/shown/links.js says the same; tests/cases/links.json holds both to it.

Only what shows where it leads becomes a link: no scheme but http and https, no user before an @, nothing invisible. What doesn't remains
text. Where published collections differ on what an address is, that of twitter-text is followed.
"""
import re

from .hosts import RUNNING, host_of, punycode

# What ends an address: blanks, controls, quotes, what nobody can see or what turns the text around, and the punctuation of other scripts.
_INSIDE = (
    '[^\x00-\x20"<>\\\\`\x7f-\xa0\xab\xad\xbb\u034f\u060c\u061b-\u061f\u06d4\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u2012\u2014-\u206f\u3000-\u3004'
    '\u3008-\u3030\u303d-\u303f\u3164'
    '\ufe00-\ufe0f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]')
# Letter by letter: where case is ignored, \u017f is an s.
_CANDIDATE = re.compile('(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww][.])%s+' % _INSIDE)
_BEFORE = {'h': re.compile('[A-Za-z0-9@#$\uff20\uff03]'), 'w': re.compile('[A-Za-z0-9_@./:-]')}
# Another address may come right after one and a word in such a script. Apart they take no longer the more there are.
_SENTENCES = re.compile('(?<=[%s])(?=[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww][.])' % RUNNING)
_AFTER_HOST = re.compile('(?::[0-9]{1,5})?(?=[/?#%s]|$)' % RUNNING)
# Where a sentence in such a script begins: right after the host's slash, or after other letters of the same part of the path.
_SENTENCE = re.compile('(?:^/|(?:^|[/=&?#_-])[^/=&?#_%s-]+)(?=[%s])' % (RUNNING, RUNNING))
_PUNCTUATION = ".,:;!?'*_~\u2013"
_BRACKETS = {')': '(', ']': '[', '}': '{'}


def parts(text):
    """Return the text in pieces, as a list of (piece, the address it leads to or None)."""
    return [piece for sentence in _SENTENCES.split(text) for piece in _parts(sentence)]


def _parts(text):
    found, end, match = [], 0, _CANDIDATE.search(text)
    while match:
        shown, after = _address(match[0]) if _stands_alone(text, match) else '', match.end()
        if shown:
            found += [(text[end:match.start()], None), (shown, shown if shown[0] in 'hH' else 'https://' + shown)]
            end = after = match.start() + len(shown)
        match = _CANDIDATE.search(text, after)
    return [piece for piece in found + [(text[end:], None)] if piece[0]]


def title(address):
    """Return what is told of an address whose host may be taken for another: the host in ASCII. Else None."""
    return punycode(host_of(address[address.find('//') + 2:]))


def _address(candidate):
    """Return what of the candidate is an address, '' if nothing is."""
    shown = _trimmed(candidate)
    start = shown.find('//') + 2 if shown[:1] in ('h', 'H') else 0
    host = host_of(shown[start:])
    after = _AFTER_HOST.match(shown, start + len(host))
    if not host or not after or (not start and host.count('.') < 2):
        return ''
    rest = shown[after.end():]
    sentence = _SENTENCE.search(rest)
    return _trimmed(shown[:after.end()] + (rest if not sentence else rest[:sentence.end()]) if rest[:1] in ('/', '?', '#')
                    else shown[:after.end()])


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
