"""The index of words that PostgreSQL has: which words it finds, that a search asks it, and that there is one."""
import string

from cast import ANN
from messenger_core.search import postgres, words
from messenger_core.search.deadline import Deadline
from plenty import statements_of


def test_any_mark_ends_a_word(postgresql):
    for mark in string.punctuation + '\u00a0«»“”–…。、':
        text = postgresql._adapter.represent('left%sright, a\\b' % mark, 'string')
        for word in ('left', 'right', 'a', 'b'):
            asked = 'SELECT ' + postgres.contains(postgresql, words.parse(word), text)
            assert postgresql.executesql(asked) == [(True,)], (mark, word)


def test_a_search_asks_the_index(postgresql):
    asked = statements_of(postgresql, lambda: postgres.find(postgresql, ANN, words.parse('soon'), 2**40, 5, Deadline()))
    found = [statement for statement in asked if '@@' in statement]
    # With few rows any index does.
    postgresql.executesql('SET LOCAL enable_seqscan = off; DROP INDEX messenger_message_seq, messenger_message_receiver_seq')
    assert len(found) == 1 and postgres.NAME in str(postgresql.executesql('EXPLAIN ' + found[0].rpartition(';')[2]))
    postgresql.rollback()


def test_what_earlier_releases_have_made_is_replaced(postgresql):
    postgresql.executesql('DROP INDEX ' + postgres.NAME)
    for name in postgres.FORMER_NAMES:
        postgresql.executesql("CREATE INDEX %s ON message USING gin (to_tsvector('simple', content))" % name)
    postgres.create(postgresql)
    names = postgresql.executesql("SELECT indexname FROM pg_indexes WHERE tablename = 'message' AND indexname LIKE '%words%'")
    assert names == [(postgres.NAME,)]
    postgresql.commit()
