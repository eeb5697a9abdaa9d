"""The text that somebody sends after their session has ended: it goes with them through the login, and only its author gets it back."""
from gluon import HTTP, current
from messenger_core import text
from messenger_core.errors import Refused

from ..asked import is_form, posted

FIELDS = ('author', 'receiver', 'content')


def way_to_login(address):
    """Return where a guest has to log in; a text that they post is to be posted there, too."""
    # A session that lies in a cookie has no room for it.
    if is_form() and posted_text() and current.settings.session.store != 'cookie':
        raise HTTP(307, 'Log in again.', Location=address)
    return address


def posted_text():
    """Return what is posted for sending, {author, receiver, content}, or None: nothing that could be sent, or not from a page of ours."""
    if not posted('author') or current.request.env.http_sec_fetch_site == 'cross-site':
        return None
    try:
        content = text.clean(posted('content'), current.settings.realtime.content)
    except Refused:
        return None
    receiver = posted('receiver')[:256]
    if posted('_formname') == 'chat' and receiver.isdigit():
        receiver = '#' + receiver       # of a page from before digits could be a name; nobody has typed them
    return dict(author=posted('author')[:20], receiver=receiver, content=content)


def put_into(form, kept):
    """Have the login form hold it."""
    if kept and isinstance(form.attributes.get('hidden'), dict):
        form.attributes['hidden'].update(kept)


def keep():
    """Keep what came with the login."""
    kept = posted_text()
    if kept and current.settings.session.store != 'cookie':
        current.session.unsent = kept


def take():
    """Return what is to be in an empty form: nothing, or once what its author, and nobody else who logs in here, had to leave."""
    kept = current.session.pop('unsent', None)
    return kept if kept and kept['author'] == str(current.auth.user_id) else dict(receiver='', content='')
