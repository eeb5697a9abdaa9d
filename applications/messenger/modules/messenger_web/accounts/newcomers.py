"""Of two who want one address, or one user name, at the same moment, one gets it.

web2py asks whether it is taken before it hashes the password, and no index sees to it, for there may be two alike from before. So it is
asked once more, under the feed's lock, which whoever else is about to take it waits for.
"""
from gluon import current
from messenger_core.database.transaction import undo
from messenger_core.errors import Refused
from messenger_core.feed import sequence


def watch(settings, table):
    """Have whatever this request does to auth_user leave to others what is theirs; `settings` are those of Auth."""
    settings.register_onvalidation.append(_say_taken)
    table._before_insert.append(_refuse_new)
    table._before_update.append(_refuse_changed)


def _say_taken(form):
    name = _taken(form.vars, _unique())
    if name:
        undo(current.db)    # nobody is to wait until the page is made
        form.errors[name] = _sentence(name)


def _refuse_new(fields):
    _refuse(_taken(fields, _unique()))


def _refuse_changed(chosen, changes):
    names = [name for name in _unique() if _is_word(changes.get(name))]
    rows = chosen.select(current.db.auth_user.id, *map(current.db.auth_user.__getitem__, names)) if names else []
    _refuse(_taken(changes, [name for name in names if any(row[name] != changes[name] for row in rows)], [row.id for row in rows]))


def _taken(fields, names, ids=()):
    """Lock the feed and return the first of `names` whose value is somebody else's than theirs with these `ids`, or None."""
    names = [name for name in names if _is_word(fields.get(name))]
    if not names:
        return None
    str(fields.get('password'))     # that is when web2py hashes it, and nobody is to wait for that
    sequence.take(current.db, 0)
    return next((name for name in names if len(ids) > 1 or _is_others(current.db.auth_user[name] == fields[name], ids)), None)


def _is_others(query, ids):
    db = current.db
    return not db(query & (db.auth_user.id != ids[0]) if ids else query).isempty()


def _refuse(name):
    if name:
        undo(current.db)    # appadmin goes on after any error, and would commit what it has done before
        raise Refused('conflict', _sentence(name))


def _unique():
    return [name for name in ('email', 'username') if name in current.db.auth_user.fields]


def _is_word(value):
    """Whether a value can be compared: of an expression only the database knows what becomes of it."""
    return bool(value) and not hasattr(value, 'op')


def _sentence(name):
    return str(current.auth.messages[name + '_taken'])
