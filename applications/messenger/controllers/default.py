"""The front door: the first page, the members' accounts, and the way to appadmin."""
import os

# Tells browsers and password managers what a field is for.
AUTOCOMPLETE = {
    'first_name': 'given-name', 'last_name': 'family-name', 'email': 'email', 'username': 'username', 'password': 'current-password',
    'old_password': 'current-password', 'new_password': 'new-password', 'new_password2': 'new-password', 'password_two': 'new-password'}
TITLES = {
    'login': T('Log in'), 'register': T('Register'), 'profile': T('Profile'), 'change_password': T('Password'),
    'request_reset_password': T('Forgotten password'), 'reset_password': T('New password')}

if request.extension != 'html':
    raise HTTP(404)


def index():
    """The first page; whoever is logged in goes straight to their inbox."""
    if auth.user:
        redirect(URL('messaging', 'index'))
    return dict()


def user():
    """Everything about one's account, by web2py's Auth."""
    only_texts(request)
    action = request.args(0) or 'login'
    if auth.user and action in ('login', 'register', 'request_reset_password'):
        redirect(URL('messaging', 'index'))
    form = auth()
    _make_accessible(form, action)
    return dict(form=form, action=action, title=TITLES.get(action, ''))


def administrator():
    """The way to appadmin where web2py's admin application is installed without pages: its password form."""
    folder = os.path.join(os.path.dirname(request.folder.rstrip(os.sep)), 'admin')
    if os.path.isfile(os.path.join(folder, 'views', 'default', 'index.html')):
        redirect(URL('admin', 'default', 'index', vars=dict(send=URL('appadmin', 'index'))))
    return dict(is_safe=request.is_https or request.is_local)


def _make_accessible(form, action):
    for control in form.elements('input') if isinstance(form, SQLFORM) else ():
        name = control['_name']
        if name in AUTOCOMPLETE:
            control['_autocomplete'] = 'new-password' if (name, action) == ('password', 'register') else AUTOCOMPLETE[name]
        if name in form.errors:
            control['_aria-invalid'], control['_aria-describedby'] = 'true', '%s__error' % name
