"""Accounts and tables."""
from gluon.tools import Auth
from messenger_core.database import tables
from messenger_core.upgrade import schema, takeover

PASSWORD_LENGTH = 8
UPGRADE_SECONDS = 2

host_names = settings.host.names.replace(',', ' ').split()
auth = Auth(db, host_names=host_names or None)
auth.settings.password_min_length = PASSWORD_LENGTH
auth.settings.create_user_groups = None
auth.settings.expiration = settings.auth.expiration
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

# The tutorial's table is among them: message(sender, receiver, content, timestamp, is_read), and the columns that put its rows in
# order. They are written down in modules/messenger_core/database/tables.py, because the sidecar works with them too.
tables.define(db, logged_in=auth.user_id)
if settings.db.migrate:
    or_later(schema.prepare_once, db, settings.db.legacy_timezone)
    if not request.is_shell:  # deploy/create_tables.py does it there, and tells how far it is
        or_later(takeover.go_on, db, UPGRADE_SECONDS)
