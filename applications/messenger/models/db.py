"""What every request begins with: the configuration, the database, the session, accounts and tables, in this order.

Modules find them where the book says: current.settings, current.db, current.auth.
"""
from gluon import HTTP, current
from gluon.tools import Auth

RELEASE = 5     # of these models; web2py goes on with the modules that it has in memory, whatever is put in their place
try:
    from messenger_core import settings as configuration
    from messenger_core.database import tables
    from messenger_core.upgrade import schema, takeover
    from messenger_web import answers, connections, forms
    from messenger_web.accounts import leaving, logins, mails, passwords
    from messenger_web.answers import or_later
    from messenger_web.entrance import guests, unsent
    _is_stale = configuration.RELEASE != RELEASE
except (ImportError, AttributeError):
    _is_stale = True
if _is_stale:
    raise HTTP(503, 'The messenger was updated: restart web2py.', **{'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '30'})

PASSWORD_LENGTH = 8
UPGRADE_SECONDS = 2
# What is the site's own where the members are another application's.
OF_THE_SITE = ['register', 'profile', 'change_password', 'request_reset_password', 'reset_password', 'verify_email']

# -- configuration: the site's settings, and what they and the product decide about web2py itself --
T.is_writable = False       # web2py would rewrite languages/*.py while it serves
T.current_languages = []    # ... and, taking English for the language of the keys, leave out what languages/en.py says
response.generic_patterns = []
response.form_label_separator = ''
response._caller = answers.page
settings = current.settings = or_later(configuration.load, request.folder)
if request.is_https:
    request.env.wsgi_url_scheme = 'https'  # behind a proxy that speaks TLS, links in mails would say http

# -- database --
db = current.db = or_later(connections.database)
if settings.db.migrate and not settings.auth.masterapp:
    or_later(takeover.before_tables, db)

# -- session --
if settings.auth.masterapp or settings.session.store != 'file' or settings.session.separate or settings.session.check_client:
    connections.connect_session(settings.session, settings.auth.masterapp)
guests.meet()
if request.is_https:
    session.secure()

# -- accounts --
host_names = settings.host.names.replace(',', ' ').split()
auth = current.auth = Auth(db, host_names=host_names or None)
guests.settle()     # a login that has expired is none
guests.begin_with_login(auth)
auth.settings.password_min_length = PASSWORD_LENGTH
auth.settings.create_user_groups = None
auth.settings.expiration = settings.auth.expiration
auth.settings.registration_requires_verification = settings.auth.registration_requires_verification
auth.settings.registration_requires_approval = settings.auth.registration_requires_approval
auth.settings.reset_password_requires_verification = True
auth.settings.login_next = auth.settings.register_next = auth.settings.logged_url = URL('messaging', 'index')
auth.settings.profile_next = auth.settings.change_password_next = URL('messaging', 'index')
auth.settings.logout_next = URL('default', 'index')
auth.settings.on_failed_authentication = unsent.way_to_login
auth.settings.prevent_password_reset_attacks = False     # it would keep the key in a session; no page of ours tells others its address
auth.settings.actions_disabled = [
    'bulk_register', 'cas', 'confirm_registration', 'groups', 'impersonate', 'jwt', 'manage_tokens', 'retrieve_password',
    'retrieve_username']

if settings.auth.masterapp:     # members, their passwords and what is written about them are the business of that application
    auth.settings.actions_disabled += OF_THE_SITE
    auth.settings.logging_enabled = False
auth.define_tables(username=settings.auth.username, signature=False, migrate=False if settings.auth.masterapp else None)
db.auth_user.password.requires = [IS_LENGTH(passwords.LONGEST), CRYPT(min_length=PASSWORD_LENGTH, digest_alg=passwords.DIGEST)]
for _field in (db.auth_user.first_name, db.auth_user.last_name):
    _field.requires = [
        IS_NOT_EMPTY(), IS_LENGTH(128),
        IS_MATCH('[^\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]*\\Z',
                 error_message=T('A name cannot have control characters'))]

# -- tables --
# The tutorial's table is among them: message(sender, receiver, content, timestamp, is_read), and the columns that put its rows in
# order. They are written down in modules/messenger_core/database/tables.py, because the sidecar works with them too.
tables.define(db, logged_in=auth.user_id, message_table=settings.db.message_table)
if settings.db.migrate:
    or_later(schema.prepare_once, db, settings.db.legacy_timezone, bool(settings.auth.masterapp))
    if not request.is_shell:  # deploy/create_tables.py does it there, and tells how far it is
        or_later(takeover.go_on, db, UPGRADE_SECONDS)

# -- what accounts do besides --
response.formstyle = auth.settings.formstyle = forms.stacked
auth.settings.login_onvalidation.append(logins.judge)
auth.settings.login_onaccept.append(lambda form: unsent.keep())
if not settings.auth.masterapp:
    logins.stamp_logins(auth)
auth.settings.logout_onlogout = leaving.record_logout
for _done in (auth.settings.register_onaccept, auth.settings.profile_onaccept, auth.settings.change_password_onaccept,
              auth.settings.reset_password_onaccept):
    _done.append(lambda form: db.commit())  # pydal keeps quiet about a commit that fails at the end of a request
if not settings.auth.masterapp:
    db.auth_user._before_delete.append(leaving.keep_what_others_read)

# Mail replaces a forgotten password: without a server for it, that isn't offered. A link in a mail must not lead where the request's
# Host header says, which anybody can write.
if settings.smtp.server and (host_names or request.is_local):
    auth.settings.mailer = mails.Later(settings.smtp)
    auth.settings.register_onaccept.append(lambda form: auth.settings.mailer.leave())
    auth.settings.host = host_names[0] if host_names else request.env.http_host
else:
    auth.settings.actions_disabled += ['request_reset_password', 'reset_password', 'verify_email']
