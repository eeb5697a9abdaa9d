"""What every request begins with: the configuration, the database, the session, accounts and tables, in this order.

Modules find them where the book says: current.settings, current.db, current.auth.
"""
from gluon import HTTP, current

RELEASE = 8     # of these models; web2py goes on with the modules that it has in memory, whatever is put in their place
# A session may lie in a cookie, which web2py takes away with each answer before it is told so.
response.session_data_name = ''
try:
    from messenger_core import settings as configuration
    from messenger_core.upgrade import takeover
    from messenger_web import answers, connections, forms
    from messenger_web.accounts import ending, leaving, links, logins, mails, newcomers, passwords, typed
    from messenger_web.answers import or_later
    from messenger_web.entrance import allowed, bodies, entrances, guests, incoming, polls, reached, unsent
    from messenger_web.json_answers import said_at_the_door
    from messenger_web.kept import chosen, ready
    from messenger_web.kept.addresses import URL
    _is_stale = configuration.RELEASE != RELEASE
except (ImportError, AttributeError):
    _is_stale = True
if _is_stale:
    session.forget(response)    # nothing here knows which one is meant, or how its cookie is to be sealed
    response.cookies.clear()
    raise HTTP(503, 'The messenger was updated: restart web2py.', **{'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '30'})

# -- the first of what is asked at the door (door.py): whether there is such a page at all --
incoming.hold()
current.entrance = entrances.asked_for()

PASSWORD_LENGTH = 8
UPGRADE_SECONDS = 2
# What is the site's own where the members are another application's.
OF_THE_SITE = ['register', 'profile', 'change_password', 'request_reset_password', 'reset_password', 'verify_email']

request.env.web2py_disable_garbage_collect = True    # of all there is, each hundred requests: Python does so where it is worth while

# -- configuration: the site's settings, and what they and the product decide about web2py itself --
T.is_writable = False       # web2py would rewrite languages/*.py while it serves
T.current_languages = []    # ... and, taking English for the language of the keys, leave out what languages/en.py says
response.generic_patterns = []
response.form_label_separator = ''
response._caller = answers.page
settings = current.settings = or_later(chosen.load, request.folder)
connections.seal_cookies()
reached.settle()
if not reached.is_by_known_name():
    answers.refuse(403, 'This site is not reached under this name.')
bodies.check_head()
with said_at_the_door():
    allowed.spend_stranger()

# -- session: of one in its own files web2py has loaded what there is --
request.client = reached.address() or request.client    # with check_client a session is good from there only
is_session_loaded = not connections.has_session_elsewhere()
if is_session_loaded:
    guests.meet()
    polls.answer_quiet()

# -- database --
db = current.db = or_later(connections.database)
or_later(ready.begin, db)
if not is_session_loaded:
    connections.connect_session(settings.session, settings.auth.masterapp)
    guests.meet()
    polls.answer_quiet()

# -- accounts --
auth = current.auth = links.Auth(db, signature=False)
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


def _define_members():
    auth.settings.email_case_sensitive = False
    auth.define_tables(username=settings.auth.username, signature=False, migrate=False if settings.auth.masterapp else None)
    auth.settings.email_case_sensitive = True   # of a login alone, from here: whom it means is found by what was typed
    users = db.auth_user
    users.password.requires = [IS_LENGTH(passwords.LONGEST), passwords.Hash(min_length=PASSWORD_LENGTH, digest_alg=passwords.DIGEST)]
    for field in (users.email, *([users.username] if settings.auth.username else [])):
        # web2py asks for the length only where it has nothing else to ask for.
        field.requires = [typed.Address(), IS_LENGTH(field.length), *field.requires]
    for field, other in ((users.first_name, 'last_name'), (users.last_name, 'first_name')):
        field.requires = [
            typed.Name(other), IS_LENGTH(128),
            IS_MATCH('[^\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]*\\Z',
                     error_message=T('A name cannot have control characters'))]
    if settings.auth.masterapp:
        ending.watch_of_the_sites(users)
    else:
        newcomers.watch(users)      # before that: what it judges is judged under the lock
        ending.watch(users)
        users._before_delete.append(leaving.keep_what_others_read)


# -- tables --
# The tutorial's table is among them: message(sender, receiver, content, timestamp, is_read), and the columns that put its rows in
# order. They are written down in modules/messenger_core/database/tables.py, because the sidecar works with them too.
or_later(ready.define, db, _define_members, auth.user_id)
if settings.db.migrate and not request.is_shell:    # deploy/create_tables.py does it there, and tells how far it is
    or_later(takeover.go_on, db, UPGRADE_SECONDS)

# -- what accounts do besides --
response.formstyle = auth.settings.formstyle = forms.stacked
auth.settings.email_case_sensitive = True
auth.settings.login_onvalidation.append(logins.judge)
auth.settings.login_onaccept.append(lambda form: unsent.keep())
auth.settings.change_password_onvalidation.append(passwords.spell)
if not settings.auth.masterapp:
    logins.stamp_logins(auth)
auth.settings.logout_onlogout = leaving.record_logout
for _done in (auth.settings.register_onaccept, auth.settings.profile_onaccept, auth.settings.change_password_onaccept,
              auth.settings.reset_password_onaccept):
    _done.append(lambda form: ending.settle())  # pydal keeps quiet about a commit that fails at the end of a request
if not settings.auth.masterapp:
    auth.messages.password_changed = T('Password changed. Everywhere else you are logged out now.')
    auth.settings.register_onvalidation.append(newcomers.say_taken)

# Mail replaces a forgotten password: without a server for it, or an address to lead back to, that isn't offered.
if links.can_be_mailed():
    auth.settings.mailer = mails.Later(settings.smtp)
    auth.settings.register_onaccept.append(lambda form: auth.settings.mailer.leave())
else:
    auth.settings.actions_disabled += ['request_reset_password', 'reset_password', 'verify_email']
