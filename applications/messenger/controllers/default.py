"""The front door: the first page, how the site looks, the members' accounts, and the way to appadmin."""
import os

from messenger_core.ends import logout
from messenger_core.errors import Refused
from messenger_core.members import preferences
from messenger_core.members.preferences import Preferences
from messenger_web import device as devices
from messenger_web import look
from messenger_web.accounts import addresses, ending, forgotten, hints, links, passwords, typed
from messenger_web.accounts.leaving import clearing_browser
from messenger_web.answers import refuse
from messenger_web.asked import is_post, only_texts
from messenger_web.entrance import form_keys, lasting, reached, unsent
from messenger_web.entrance.allowed import spend_attempt
from messenger_web.letters import unfold_answers
from messenger_web.shown import counted

TITLES = {
    'login': T('Log in'), 'register': T('Register'), 'profile': T('Profile'), 'change_password': T('Password'),
    'request_reset_password': T('Forgotten password'), 'reset_password': T('New password'), 'logout': T('Log out')}
# What somebody who isn't the member could try again and again.
GUESSABLE = ('login', 'register', 'request_reset_password', 'reset_password', 'change_password')


def index():
    """The first page; whoever is logged in goes straight to their inbox."""
    if auth.user:
        session.flash = response.flash      # as after a new password in place of a forgotten one, with which one is logged in
        redirect(URL('messaging', 'index'))
    return dict()


def brand():
    """GET brand.css: the accent of the site, where it has one of its own."""
    return _kept_for_ever(look.brand_sheet() or refuse(404, 'There is no such page.'), 'text/css')


def manifest():
    """GET manifest.webmanifest: as what phones install the site."""
    return _kept_for_ever(look.manifest_text(), 'application/manifest+json')


def user():
    """Everything about one's account, by web2py's Auth."""
    only_texts()
    passwords.cut_posted()
    typed.settle_posted()
    action = request.args(0) or 'login'
    unfold_answers()    # those that were posted when the session had ended
    kept = None if auth.user or action != 'login' else unsent.posted_text()
    if auth.user and action in ('login', 'register', 'request_reset_password'):
        # Of pages in several tabs that lead to the login one leads there first.
        redirect((action == 'login' and auth.get_vars_next()) or URL('messaging', 'index'))
    if action not in auth.settings.actions_disabled and links.leads_nowhere():
        session.flash = auth.messages.invalid_reset_password
        redirect(auth.settings.login_url)
    filled_in = dict(request.post_vars)
    if action in GUESSABLE and is_post():
        _slow_down(action)
    form = _log_out() if action == 'logout' else auth() if auth.user else _of_guest(action, kept)
    if isinstance(form, FORM) and not request.post_vars:
        form_keys.fill_in(form, filled_in)
    hints.give(form, action)
    return dict(form=form, action=action, title=TITLES.get(action, ''))


def _log_out():
    """Log out whoever has pressed the button; to whoever only comes here, by whatever link, nothing happens."""
    if not auth.user:
        redirect(URL('index'))
    if not is_post():
        request.post_vars.clear()
    form = _form('logout', T('Log out'))
    if form.process(formname='logout').accepted:
        with clearing_browser():
            auth.logout(next=URL('index'))
    if is_post():
        response.flash = T('This page was too old. Please try again.')
    return form


@auth.requires_login()
def account():
    """What a member decides besides name and password: what others are told, how this browser is, other sessions, and leaving."""
    only_texts()
    passwords.cut_posted()
    forms = dict(
        receipts=_receipts_form(), device_form=_device_form(),
        # Where members are another application's, so are their sessions and what becomes of them.
        others=None if settings.auth.masterapp else _form('others', T('Log out everywhere else')),
        leave=None if settings.auth.masterapp else _leave_form())
    try:
        for name, done in (('receipts', _choose), ('device_form', _set_up), ('others', _log_out_elsewhere), ('leave', _leave)):
            if forms[name] and forms[name].process(formname=name, onvalidation=_password_matches if name == 'leave' else None).accepted:
                session.flash = done(forms[name])
                redirect(URL('account'))
    except Refused as refused:
        if refused.code == 'no_session' or (refused.code == 'busy' and name in ('others', 'leave')):
            raise   # this session has ended, or it goes on as it was: what was begun with it isn't stored
        response.flash = T(refused.message)
    for form in filter(None, forms.values()):
        hints.give(form, 'account')
    return forms


@auth.requires_login()
def address():
    """Another address for one's account; with the key of a mail the page that its link leads to."""
    if settings.auth.masterapp:
        refuse(404, 'There is no such page.')
    only_texts()
    passwords.cut_posted()
    typed.settle_posted()
    key = request.get_vars.key
    form, confirmed = addresses.confirmation(key) if isinstance(key, str) and key else (addresses.form(), None)
    hints.give(form, 'address')
    return dict(form=form, address=confirmed, is_mailed=links.can_be_mailed())


def administrator():
    """The way to appadmin where web2py's admin application is installed without pages: its password form."""
    folder = os.path.join(os.path.dirname(request.folder.rstrip(os.sep)), 'admin')
    if os.path.isfile(os.path.join(folder, 'views', 'default', 'index.html')):
        redirect(URL('admin', 'default', 'index', vars=dict(send=URL('appadmin', 'index'))))
    return dict(is_safe=reached.is_https() or reached.is_local())


def _of_guest(action, kept):
    form_keys.check(action)
    form = forgotten.form() if action == 'request_reset_password' and action not in auth.settings.actions_disabled else auth()
    if isinstance(form, FORM):
        form_keys.give(form, action)
        unsent.put_into(form, kept)
    return form


def _kept_for_ever(text, kind):
    """Answer with what the settings make the same for everybody; it has a new address when they change."""
    session.forget(response)
    is_current = request.get_vars.v == look.version_of(text)
    response.headers.update({
        'Content-Type': kind + '; charset=utf-8', 'Pragma': None, 'Expires': None,
        'Cache-Control': 'public, max-age=31536000, immutable' if is_current else 'no-cache'})
    return text


def _slow_down(action):
    """Let the form be shown once more, and nothing of it be looked at, when this address has tried too often."""
    try:
        spend_attempt(action)
    except Refused as refused:
        for posted_vars in (request.post_vars, request.vars):
            posted_vars.clear()
        response.status, response.headers['Retry-After'] = refused.status, refused.retry_after
        response.flash = counted('Too many attempts. Please wait %(count)s seconds.', refused.retry_after)


def _form(name, label, *fields):
    return SQLFORM.factory(*fields, submit_button=label, table_name=name, formstyle=response.formstyle)


def _receipts_form():
    chosen = preferences.of(db, auth.user_id)
    return _form(
        'receipts', T('Save'),
        Field('gives_receipts', 'boolean', default=chosen.gives_receipts, label=T('Tell others when I have read their messages')),
        Field('shows_presence', 'boolean', default=chosen.shows_presence, label=T('Show others when I am online')))


def _device_form():
    labels = {
        'theme': (T('Appearance'), [T('As the system has it'), T('Light'), T('Dark')]),
        'text_size': (T('Size of the text'), [T('Normal'), T('Large'), T('Larger')]),
        'enter': (T('The Enter key'), [T('As usual'), T('Sends the message'), T('Begins a new line')]),
        'sound': (T('A sound when a message arrives'), [T('Off'), T('On')]),
        'shortcuts': (T('Keyboard shortcuts'), [T('On'), T('Off')]),
        'language': (T('Language'), [T('As the browser has it'), *devices.languages().values()])}
    helps = {'enter': T('Usually it sends, but begins a new line on a touch screen. Where it begins a new line, Ctrl and Enter send.')}
    return _form('device', T('Save'), *[
        Field(name, requires=IS_IN_SET(choices, labels[name][1], zero=None), default=device[name], label=labels[name][0],
              comment=helps.get(name))
        for name, choices in devices.choices().items()])


def _leave_form():
    return _form('leave', T('Delete my account'), Field('password', 'password', label=T('Password'), requires=IS_NOT_EMPTY()))


def _password_matches(form):
    spend_attempt('leave')
    stored = db.auth_user(auth.user_id).password
    if not passwords.is_right(db.auth_user.password.validate(form.vars.password)[0], stored):
        form.errors.password = T('This is not your password.')


def _choose(form):
    preferences.keep(db, auth.user_id, Preferences(**{name: bool(form.vars[name]) for name in Preferences._fields}))
    return T('Saved.')


def _set_up(form):
    devices.keep(form.vars)
    return T('Saved.')


def _log_out_elsewhere(form):
    ending.log_out_elsewhere()
    return T('Everywhere else you are logged out now.')


def _leave(form):
    logout.leave(db, auth.user_id, ending.asker(), lasting.take_record)
    lasting.took_record()
    auth.messages.logged_out = T('Your account has been deleted.')
    with clearing_browser():
        auth.logout(next=URL('index'), onlogout=None)
