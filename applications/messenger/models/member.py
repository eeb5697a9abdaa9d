"""Who asks, judged anew at each request: a session must not outlive a block or a deletion of its member."""
from messenger_core import members

# The display name of who is logged in, or None: nobody is, or somebody who may not go on. The .json actions answer that in their own way.
member = members.names(db, [auth.user_id]).get(auth.user_id) if auth.user else None
_sentence = T('Your account is blocked or no longer exists.')
if member and auth.user.email.endswith(DEMO_DOMAIN) and not is_only_this_machine():
    member, _sentence = None, T('Demo members can log in only on the machine that the site runs on.')

if auth.user and not member and request.extension == 'html':
    auth.user = None
    session.renew(clear_session=True)
    session.flash = _sentence
    redirect(auth.settings.login_url)
