"""Who asks, judged anew at each request: a session must not outlive a block or a deletion of its member, nor a logout everywhere."""
from messenger_core.members import directory


def _judge():
    """Return the display name of who is logged in, or None with the sentence that says why they may not go on."""
    name, generation, _ = directory.standing(db, auth.user_id)
    if session.auth.generation is None:     # its first visit here; web2py's login knows nothing of generations
        session.auth.generation = generation
    if not name:
        return None, T('Your account is blocked or no longer exists.')
    if auth.user.email.endswith(DEMO_DOMAIN) and not is_only_this_machine():
        return None, T('Demo members can log in only on the machine that the site runs on.')
    if session.auth.generation < generation:
        auth.user = None
        return None, T('You have logged out everywhere else.')
    return name, None


# The display name of who is logged in, or None: nobody is, or somebody who may not go on. The .json actions answer that in their own way.
member, _sentence = or_later(or_busy, _judge) if auth.user else (None, None)
if _sentence and request.extension == 'html':
    auth.user = None
    session.renew(clear_session=True)
    session.flash = _sentence
    redirect(auth.settings.login_url)
