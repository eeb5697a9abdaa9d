"""What a search looks for: the words somebody typed, and where they are in a text. Case, accents and vowel signs make no difference.

Text only; knows no database.
"""
import re
import unicodedata
from typing import NamedTuple

from ..errors import Refused
from ..shown.lines import in_one_line

TYPED_LIMIT = 200       # characters
TERMS_LIMIT = 16        # different words: each is looked for in each text, and in the index
TEXT_LIMIT = 100_000    # what lies further back in a text isn't looked at: our own are shorter
# What is made simple at once: where accents are put in order it takes as many steps as the square of their number.
PIECE = 256
SHORTEST_START = 2      # a single letter stands for itself, not for all words that begin with it
LEAD, EXCERPT = 40, 160

WHOLE, START, PART = 'whole', 'start', 'part'

WORD = re.compile(r'[^\W_]+')
# Scripts without spaces, in which a word may be anywhere: Thai, Lao, Burmese, Khmer, kana, Chinese.
UNSPACED = re.compile('[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]')


class Term(NamedTuple):
    """One thing to look for, folded and as it was typed. A WHOLE word, the START of one, or a PART that may be anywhere."""

    folded: str
    typed: str
    kind: str

    def pattern(self):
        """Return what finds it in a folded text."""
        begin, end = '' if self.kind == PART else r'(?<![^\W_])', r'(?![^\W_])' if self.kind == WHOLE else ''
        return re.compile(begin + re.escape(self.folded) + end)


def parse(typed):
    """Return the Terms of what somebody typed; the last word may be longer than that. Raises Refused too_long."""
    if len(typed) > TYPED_LIMIT:
        raise Refused('too_long', 'What to search for may have %d characters.' % TYPED_LIMIT)
    terms = [term for piece in unicodedata.normalize('NFC', _printable(typed)).split() for term in _terms(piece) if term.folded]
    if terms and terms[-1].kind == WHOLE and len(terms[-1].folded) >= SHORTEST_START:
        terms[-1] = terms[-1]._replace(kind=START)
    terms = tuple(dict.fromkeys(terms))
    if len(terms) > TERMS_LIMIT:
        raise Refused('too_long', 'What to search for may have %d different words.' % TERMS_LIMIT)
    return terms


def fold(text):
    """Return a text without what searching ignores. Each character by itself, so that one knows where it comes from."""
    if text.isascii():
        return text.lower()
    return ''.join(character for start in range(0, len(text), PIECE)
                   for character in unicodedata.normalize('NFKD', text[start:start + PIECE]).casefold()
                   if character.isalnum() or not unicodedata.category(character).startswith('M'))


def of(text):
    """Return the different words of a text, folded."""
    return list(dict.fromkeys(WORD.findall(fold(text[:TEXT_LIMIT]))))


def are_in(patterns, text):
    """Whether all `patterns` of Terms are found in a text."""
    folded = fold(text[:TEXT_LIMIT])
    return all(pattern.search(folded) for pattern in patterns)


def excerpt(text, terms):
    """Return what to show of a text in which `terms` were found: [unmarked, marked, unmarked, …], short, from a little before the first."""
    text = in_one_line(text[:TEXT_LIMIT], TEXT_LIMIT)
    spans = _spans(text, terms)
    begin = _begin(text, spans[0][0] if spans else 0)
    parts, at, end = ['…' if begin else ''], begin, begin + EXCERPT
    for first, last in spans:
        if at <= first < end:
            parts[-1] += text[at:first]
            parts += [text[first:last], '']
            at = last
    end = max(at, end)
    parts[-1] += text[at:end] + '…' * (len(text) > end)
    return parts


def _printable(typed):
    """Replace what no stored text has: NUL, lone halves of characters."""
    return ''.join(' ' if unicodedata.category(character) in ('Cc', 'Cs') else character for character in typed)


def _terms(piece):
    words = ''.join(character if unicodedata.category(character)[0] in 'LNM' else ' ' for character in piece).split()
    # What has no letter or digit in it, such as an emoji or a percent sign, stands for itself.
    return [Term(folded, word, PART if UNSPACED.search(folded) else WHOLE) for word in words for folded in WORD.findall(fold(word))] or [
        Term(fold(piece), piece, PART)]


def _spans(text, terms):
    """Return [(first, behind the last)] of what is found in a text, in order."""
    if text.isascii():
        folded, places = text.lower(), range(len(text) + 1)
    else:
        known = {character: fold(character) for character in set(text)}
        pieces = [known[character] for character in text]
        folded, places = ''.join(pieces), [place for place, piece in enumerate(pieces) for _ in piece] + [len(text)]
    return sorted((places[match.start()], places[match.end()]) for term in terms for match in term.pattern().finditer(folded))


def _begin(text, first):
    """Return where an excerpt begins whose first mark is at `first`: at a word, where there is one."""
    if first <= LEAD:
        return 0
    begin = first - LEAD
    space = text.find(' ', begin, first)
    return begin if space < 0 else space + 1
