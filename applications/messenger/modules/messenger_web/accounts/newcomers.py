"""Which addresses and user names can be had: none that differs from another's in case or width alone, nor what looks like a number.

Of two who want one at the same moment, one gets it: it is asked for before the password is hashed, and no index sees to it, for there may
be two alike from before. So it is asked once more, under the feed's lock, which whoever else is about to take it waits for. What somebody
has already stays theirs.
"""
import re

from gluon import CLEANUP, IS_NOT_IN_DB, current
from gluon.validators import ValidationError
from messenger_core.database.transaction import undo
from messenger_core.errors import Refused
from messenger_core.feed import sequence
from messenger_core.members import whom
from messenger_core.members.spelling import fold

NUMBER = re.compile(r'.*#\s*\d+|\d+', re.DOTALL)
NOTHING_BUT_BLANKS = '(?!)'     # all else stays as it is


class CanBeHad(IS_NOT_IN_DB):
    """In place of web2py's, which asks for one spelling, or for what a database has been set to take for one."""

    def validate(self, value, record_id=None):
        name, id = self.field.rpartition('.')[2], int(record_id or self.record_id or 0)
        own = id and current.db.auth_user(id)
        if own and own[name] == value:
            return value
        sentence = _wrong_with(name, value, [id])
        if sentence and own and name == 'email' and fold(own.email or '') == fold(value):
            return own.email    # it was not changed, but for web2py, which makes small letters of all that is posted
        if sentence or not value.strip():
            raise ValidationError(sentence or self.error_message)
        return value


def watch(table):
    """Have whatever this request does to auth_user leave to others what is theirs."""
    for name in _unique():
        table[name].requires = [
            CanBeHad(current.db, 'auth_user.' + name, one.error_message) if isinstance(one, IS_NOT_IN_DB) else one
            for one in table[name].requires]
    if 'username' in table.fields:
        table.username.requires.insert(0, CLEANUP(NOTHING_BUT_BLANKS))
    table._before_insert.append(_refuse_new)
    table._before_update.append(_refuse_changed)


def say_taken(form):
    """Say in the form to register what somebody else has; for Auth, after its own validation."""
    wrong = _wrong(form.vars, _unique())
    if wrong:
        undo(current.db)    # nobody is to wait until the page is made
        form.errors.update(wrong)


def _refuse_new(fields):
    _refuse(_wrong(fields, _unique()))


def _refuse_changed(chosen, changes):
    names = [name for name in _unique() if _is_word(changes.get(name))]
    rows = chosen.select(current.db.auth_user.id, *map(current.db.auth_user.__getitem__, names)) if names else []
    _refuse(_wrong(changes, [name for name in names if any(row[name] != changes[name] for row in rows)], [row.id for row in rows]))


def _wrong(fields, names, ids=()):
    """Lock the feed and return {name: sentence} of those `names` whose values those with these `ids` can't have, or {}."""
    names = [name for name in names if _is_word(fields.get(name))]
    if not names:
        return {}
    str(fields.get('password'))     # that is when web2py hashes it, and nobody is to wait for that
    sequence.take(current.db, 0)
    found = {name: _taken(name) if len(ids) > 1 else _wrong_with(name, str(fields[name]), ids) for name in names}
    return {name: sentence for name, sentence in found.items() if sentence}


def _wrong_with(name, value, ids):
    """Return why those with these `ids` can't have an address or a user name, or None."""
    if name == 'username' and NUMBER.fullmatch(fold(value)):
        return str(current.T('A user name cannot be a number, or end in # and a number.'))
    return _taken(name) if whom.others(current.db, name, value, ids) else None


def _refuse(wrong):
    if wrong:
        undo(current.db)    # appadmin goes on after any error, and would commit what it has done before
        raise Refused('conflict', next(iter(wrong.values())))


def _unique():
    return [name for name in ('email', 'username') if name in current.db.auth_user.fields]


def _is_word(value):
    """Whether a value can be compared: of an expression only the database knows what becomes of it."""
    return bool(value) and not hasattr(value, 'op')


def _taken(name):
    return str(current.auth.messages[name + '_taken'])
