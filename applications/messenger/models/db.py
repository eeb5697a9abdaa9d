"""What every request begins with: configuration, session, database, accounts and tables."""
import logging

from gluon import DAL
from gluon.tools import Auth, Mail
from messenger_core import database, logout, members, schema, upgrade
from messenger_core import settings as configuration
from messenger_core.errors import Refused, SchemaError, SettingsError

PASSWORD_LENGTH = 8
SESSION_SECONDS = 8 * 3600
UPGRADE_SECONDS = 2

# -- request and response -------------------------------------------------------------------------------------------------------

T.is_writable = False  # web2py would rewrite languages/*.py while it serves
response.generic_patterns = []
response.form_label_separator = ''
response.headers.update({'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'same-origin'})


def _or_later(step, *arguments):
    """Return what a step of the set-up returns. When the site isn't ready for it, whoever asks for a page is told to come back."""
    try:
        return step(*arguments)
    except (SettingsError, SchemaError, Refused) as error:
        if request.is_shell:
            raise
        sentence = getattr(error, 'message', str(error))
        logging.getLogger('web2py.app.messenger').error('%s', sentence)
        if not request.is_local:
            sentence = 'This site is being set up. Please come back in a moment.'
        raise HTTP(503, sentence, **{'Retry-After': '5'}) from error


settings = _or_later(configuration.load, request.folder)

if request.is_https:
    session.secure()
    request.env.wsgi_url_scheme = 'https'  # behind a proxy that speaks TLS, links in mails would say http
if settings.session.separate:
    session.connect(request, response, separate=True)

# -- database and accounts ------------------------------------------------------------------------------------------------------

db = DAL(settings.db.uri, migrate_enabled=settings.db.migrate, **database.options(settings))
if settings.db.migrate:
    _or_later(upgrade.before_tables, db)

host_names = settings.host.names.replace(',', ' ').split()
auth = Auth(db, host_names=host_names or None)
auth.settings.password_min_length = PASSWORD_LENGTH
auth.settings.create_user_groups = None
auth.settings.expiration = SESSION_SECONDS
auth.settings.registration_requires_verification = settings.auth.registration_requires_verification
auth.settings.registration_requires_approval = settings.auth.registration_requires_approval
auth.settings.reset_password_requires_verification = True
auth.settings.login_next = auth.settings.register_next = auth.settings.logged_url = URL('messaging', 'index')
auth.settings.profile_next = auth.settings.change_password_next = URL('messaging', 'index')
auth.settings.logout_next = URL('default', 'index')
auth.settings.actions_disabled = [
    'bulk_register', 'cas', 'confirm_registration', 'groups', 'impersonate', 'jwt', 'manage_tokens', 'retrieve_password',
    'retrieve_username']

auth.define_tables(username=settings.auth.username, signature=False)
db.auth_user.password.requires = [CRYPT(min_length=PASSWORD_LENGTH, digest_alg='pbkdf2(210000,32,sha512)')]
for _field in (db.auth_user.first_name, db.auth_user.last_name):
    _field.requires = [
        IS_NOT_EMPTY(), IS_LENGTH(128),
        IS_MATCH('[^\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]*\\Z',
                 error_message=T('A name cannot have control characters'))]

# A link in a mail must not lead where the request's Host header says, which anybody can write.
if settings.smtp.server and (host_names or request.is_local):
    auth.settings.mailer = Mail()
    auth.settings.mailer.settings.update(
        server=settings.smtp.server, sender=settings.smtp.sender, login=settings.smtp.login or None,
        tls=settings.smtp.tls, ssl=settings.smtp.ssl)
    auth.settings.host = host_names[0] if host_names else request.env.http_host
else:
    auth.settings.actions_disabled += ['request_reset_password', 'reset_password', 'verify_email']

# -- tables ---------------------------------------------------------------------------------------------------------------------

# The tutorial's table is among them: message(sender, receiver, content, timestamp, is_read), and the columns that put its rows in
# order. They are written down in modules/messenger_core/schema.py, because the sidecar works with them too.
schema.define(db, logged_in=auth.user_id)
if settings.db.migrate:
    _or_later(schema.prepare_once, db, settings.db.legacy_timezone)
    if not request.is_shell:  # deploy/create_tables.py does it there, and tells how far it is
        _or_later(upgrade.go_on, db, UPGRADE_SECONDS)


def _record_logout(user):
    """Tell the sidecars which session has ended, by the id that its cookie holds, before web2py makes a new one."""
    if user and isinstance(response.session_id, str):
        try:
            logout.record(db, user.id, response.session_id)
        except Refused:  # the session ends all the same, and the sidecars see it when they look again
            logging.getLogger('web2py.app.messenger').warning('A logout could not be recorded.')


def _keep_what_others_read(chosen):
    """Anonymise members whose messages others hold, and really delete the rest. Returning True keeps the rows."""
    ids = [row.id for row in chosen.select(db.auth_user.id)]
    kept = [id for id in ids if members.forget(db, [id])]
    rest = set(ids) - set(kept)
    if kept and rest:
        db(db.auth_user.id.belongs(rest)).delete()
    return bool(kept)


auth.settings.logout_onlogout = _record_logout
for _done in (auth.settings.register_onaccept, auth.settings.profile_onaccept, auth.settings.change_password_onaccept,
              auth.settings.reset_password_onaccept):
    _done.append(lambda form: db.commit())  # pydal keeps quiet about a commit that fails at the end of a request
db.auth_user._before_delete.append(_keep_what_others_read)
