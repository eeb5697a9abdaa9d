"""What a form of an account tells browsers, password managers and readers aloud about its fields."""
from gluon import SQLFORM, XML, current

COMPLETED = {
    'first_name': 'given-name', 'last_name': 'family-name', 'username': 'username', 'password': 'current-password',
    'old_password': 'current-password', 'new_password': 'new-password', 'new_password2': 'new-password', 'password_two': 'new-password'}
# Where a password is made: a manager must not fill in the one that it knows.
MAKES_PASSWORD = ('register', 'appadmin')
# What one logs in with is no sentence: no capital at its beginning, and nothing to be corrected.
LITERAL = {'autocapitalize': 'none', 'spellcheck': 'false'}


def give(form, action):
    """Give each field of a form its hints, and what is wrong with it to who can't see where that stands."""
    for control in form.elements('input, select') if isinstance(form, SQLFORM) else ():
        name = control['_name']
        for key, value in _hints(name, action).items():
            control['_' + key] = value
        if name == 'email':
            # Browsers take fewer addresses than web2py does, and say so in words of their own.
            form['_novalidate'] = 'novalidate'      # for appadmin, which shows the form whole
            form.custom.begin = XML(str(form.custom.begin).replace('<form', '<form novalidate', 1))
        if name in form.errors:
            control['_aria-invalid'], control['_aria-describedby'] = 'true', '%s__error' % name


def _hints(name, action):
    if name == 'email':
        is_login_name = not current.settings.auth.username and action not in ('appadmin', 'address')
        completed = 'off' if action == 'appadmin' else 'username' if is_login_name else 'email'
        return dict(LITERAL, type='email', inputmode='email', autocomplete=completed)
    if name == 'username':
        return dict(LITERAL, autocomplete='off' if action == 'appadmin' else COMPLETED[name])
    if name == 'password' and action in MAKES_PASSWORD:
        return {'autocomplete': 'new-password'}
    return {'autocomplete': COMPLETED[name]} if name in COMPLETED and action != 'appadmin' else {}
