"""Sessions that end because of what becomes of an account: another password, a block, a deletion; whichever form or query does it.

What is done to auth_user and the end of the sessions are one transaction: no password is a new one while the logins of the old one go on.
"""
from gluon import current
from gluon.utils import web2py_uuid
from messenger_core.ends import logout
from messenger_core.ends.logout import session_hash

from ..entrance import lasting
from . import links


def watch(table):
    """Have whatever this request does to auth_user end the sessions it has to."""
    table._before_update.append(_end_of_changed)
    table._before_delete.append(_end_of_deleted)


def watch_of_the_sites(table):
    """Have sockets of members of another application close where this request blocks or deletes them; nothing of the site's is written."""
    table._before_update.append(_close_of_changed)
    table._before_delete.append(_close_of_deleted)


def log_out_elsewhere():
    """End all sessions of who asks, but this one, with whatever link to a new password is on its way, and commit."""
    db, me = current.db, current.auth.user_id
    _end([me], _as_another_session(), asker())
    db(db.auth_user.id == me).update(reset_password_key='')
    settle()


def settle():
    """Commit what was done and look whether that was possible; then this session has ended with the others, or was spared."""
    auth = current.session.auth
    counting = _ended().get(auth.user.id) if auth and auth.user else None
    if counting is None or not logout.is_over(auth.generation, counting):
        return current.db.commit()      # it hasn't ended, or has begun after that
    if current.response.spared != auth.user.id:     # an administrator's own account
        current.db.commit()
        return lasting.end()
    before, auth.generation = auth.generation, counting
    try:
        lasting.write()
        current.db.commit()
    except Exception:
        auth.generation = before    # one of a generation to come would outlive its end
        raise


def asker():
    """Return who asks, with the generation of this session, as messenger_core.ends.logout looks once more whether it may; None: a guest."""
    auth = current.auth
    return (auth.user_id, current.session.auth.generation) if auth.user else None


def how_many():
    """Return of how many members the sessions have ended in this request."""
    return len(_ended())


def _end_of_changed(chosen, changes):
    names = [name for name in ('password', 'registration_key', 'email') if name in changes]
    table, me = current.db.auth_user, current.auth.user_id
    found = chosen.select(table.id, table.password, table.registration_key, table.email) if names else []
    moved = _moved(found, changes)
    new = [row.id for row in found if _differs('password', row, changes, lambda value: value and str(value)) and row.id not in moved]
    _end(moved, _kind_of_end(changes))
    if me in new:
        _end([me], _as_another_session(), asker())
    _end(new)
    if moved or new:
        links.refuse_used(chosen)
    moves_mail = any(_differs('email', row, changes, str) for row in found)
    if moved or new or moves_mail:
        changes['reset_password_key'] = ''      # it lies in the mailbox of whoever was to have it
    if moves_mail and len(found) == 1 and not _differs('registration_key', found[0], changes, str):
        changes['registration_key'] = links.instead_of(found[0].registration_key)


def _close_of_changed(chosen, changes):
    table = current.db.auth_user
    found = chosen.select(table.id, table.registration_key) if 'registration_key' in changes else []
    logout.end_each(current.db, _moved(found, changes), _kind_of_end(changes))


def _close_of_deleted(chosen):
    logout.end_each(current.db, [row.id for row in chosen.select(current.db.auth_user.id)], logout.BLOCKED)


def _moved(found, changes):
    """Return who is shut out; and who is let in again, for of a block by SQL nothing has told."""
    return [row.id for row in found if _differs('registration_key', row, changes, _is_active)]


def _kind_of_end(changes):
    return '' if _is_active(changes.get('registration_key')) else logout.BLOCKED


def _differs(name, row, changes, meaning):
    """Whether a value becomes one of another meaning. An expression, whose value only the database knows, does."""
    return name in changes and (hasattr(changes[name], 'op') or meaning(changes[name]) != meaning(row[name]))


def _is_active(key):
    return key is None or key == ''     # as members/directory.py has it


def _end_of_deleted(chosen):
    _end([row.id for row in chosen.select(current.db.auth_user.id)], logout.BLOCKED)


def _end(ids, spared='', asker=None):
    ids = [id for id in ids if id not in _ended()]
    if ids:
        _ended().update(logout.end_each(current.db, ids, spared, asker))


def _ended():
    """Return {member: the generation that counts} of those whose sessions have ended in this request."""
    return current.response.setdefault('ended', {})


def _as_another_session():
    """Go on under another name, which is returned: whoever else holds what the cookie was holds one of the sessions that have ended."""
    current.session.renew()
    current.session.auth.hmac_key = web2py_uuid()
    current.response.spared = current.auth.user_id
    return session_hash(lasting.login_id())
