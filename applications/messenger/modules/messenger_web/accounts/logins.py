"""What a login does besides web2py's: the session gets its generation, and demo members log in on the machine itself only."""
from gluon import current, redirect
from messenger_core.members import directory, whom
from messenger_core.messages import former

from ..answers import or_later
from ..entrance.reached import is_only_this_machine
from . import links, passwords
from .ending import settle
from .leaving import in_spite_of_faults, record_logout

DEMO_DOMAIN = '@demo.invalid'


def stamp_logins(auth):
    """Give each session its generation (see messenger_core.ends.logout) in the very request that logs in, whichever road that takes.

    One without, which has been lying somewhere, would be of whoever its number belongs to when it is brought out. A login that is there
    already, as when a forgotten password is replaced by the link in a mail, is over: its cookie must not go on opening anything.
    """
    log_in = auth.login_user

    def login_user(user):
        settle()    # else a login could be of a generation that never came to count
        generation = or_later(directory.standing, current.db, user.id).session_generation
        # After that: whatever password is another one by then, a later generation counts with it.
        if not or_later(_is_still, user):
            _refuse_late()
        if auth.user:
            _end_login(auth.user)
        log_in(user)
        current.session.auth.generation = generation
        in_spite_of_faults(former.meet, current.db, user.id)
    auth.login_user = login_user


def _is_still(user):
    """Whether the password that has let somebody in is theirs now: it may have changed while it was compared."""
    row = current.db.auth_user(user.id)
    return bool(row) and row.password == user.password


def _refuse_late():
    auth = current.auth
    current.session.flash = auth.messages.invalid_login
    redirect(auth.settings.login_url)


def _end_login(user):
    record_logout(user)
    said = current.session.flash
    current.session.renew(clear_session=True)
    current.session.flash = said


def judge(form):
    """Judge a login in web2py's form: right after it is filled in, so that each is refused in the same words and after the same work.

    Demo members are told that they can't log in where others can reach the site.
    """
    T, name = current.T, 'username' if current.settings.auth.username else 'email'
    known = _known(current.db.auth_user[name], form.vars[name])
    if not passwords.is_right(form.vars.password, known and known.password) or (known.registration_key or '').strip():
        form.errors.password = current.auth.messages.invalid_login      # no page of its own, which would lose what was typed
    elif is_demo(known) and not is_only_this_machine():
        form.errors[name] = T('Demo members can log in only on the machine that the site runs on.')
    else:
        form.vars.password = known.password     # web2py compares once more, which would be another hash
        _have_found(name, known, form)


def _known(field, typed):
    """Return whose account is meant, or None: `karl` is Karl's, too, unless there are several whose names differ in no more than that."""
    table, db = current.db.auth_user, current.db
    return links.meant(db(table.id.belongs(whom.accounts(db, field.name, typed.strip()))).select(orderby=table.id))


def _have_found(name, known, form):
    """Have web2py find this account when it looks once more, by the spelling that is stored."""
    table, db = current.db.auth_user, current.db
    form.vars[name] = known[name]
    if db(table[name] == known[name]).count() > 1:
        table._common_filter = lambda query: table.id == known.id


def is_demo(user):
    """Whether somebody is one of the members that `setup_env.sh run` makes."""
    return (user.email or '').endswith(DEMO_DOMAIN)
