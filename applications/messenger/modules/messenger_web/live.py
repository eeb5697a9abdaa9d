"""What makes a member's page live: where the feed is, and how much waits. Every page is, so that its title tells the truth.

And which forms were sent by the pages before: what the browser keeps of those is no draft any more.
"""
from gluon import current
from messenger_core.feed import sequence
from messenger_core.messages import noticing


def begin():
    """Have the page know all that. Actions that show messages have asked already: before they read them, so that nothing can be missed."""
    request, response = current.request, current.response
    if current.member and request.extension == 'html' and request.controller != 'appadmin':
        response.live = response.live or sequence.state(current.db)
        if response.unread is None:
            response.unread = noticing.unread(current.db, current.auth.user_id)
        # Not once: a page may be asked for ahead, by a script, or never arrive.
        response.sent = current.session.sent
