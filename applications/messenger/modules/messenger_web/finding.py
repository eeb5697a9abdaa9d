"""What is found: the page and the JSON of a search, and which page of a chat has the message that was looked for."""
from typing import NamedTuple

from gluon import CAT, TAG, current
from messenger_core.errors import Refused
from messenger_core.messages import reading as pages_read
from messenger_core.search import hits as messages_found
from messenger_core.search import people as people_found
from messenger_core.search.deadline import Deadline
from messenger_live.wire import protocol

from .answers import stop
from .asked import whole
from .compose import meant


class Omitted(NamedTuple):
    """Whether members, and older messages, were not looked at, because there are too many of them for one search."""

    members: bool
    messages: bool


def typed_to_find():
    """Return what is looked for; raises Refused."""
    typed = current.request.get_vars.q or ''
    if not isinstance(typed, str):
        raise Refused('bad_type', 'The field q must be one text.')
    return typed


def found_for(user_id, typed, before, limit):
    """Return (people, messages_found.Found, Omitted); the people are on the first page only. All of it takes [search] seconds."""
    deadline = Deadline(current.settings.search.seconds)
    for_people = deadline.part(messages_found.HALF)
    people = [] if before else people_found.find(current.db, user_id, meant(typed), deadline=for_people)
    found = messages_found.find(current.db, user_id, typed, before, limit, deadline)
    return people, found, Omitted(for_people.has_cut, deadline.has_cut)


def page_of_found(before, limit):
    """Return what the page of a search shows; what is refused is said in it."""
    shown = dict(typed='', named=[], found=None, omitted=Omitted(False, False), error=None, is_first=not before)
    try:
        shown['typed'] = typed_to_find()
        if shown['typed'].strip():
            shown['named'], shown['found'], shown['omitted'] = found_for(current.auth.user_id, shown['typed'], before, limit)
    except Refused as refused:
        shown['error'] = current.T(refused.message)
    return shown


def found_frame(reader_id, people, found, omitted):
    """Return the body of search.json."""
    frame = {'people': [{'user_id': id, 'name': name} for id, name in people], 'messages': [_hit(hit, reader_id) for hit in found.hits],
             'more': found.before is not None}
    if frame['more']:
        frame.update(before=found.before)
    return dict(frame, **{name: True for name, is_so in zip(('people_partial', 'partial'), omitted) if is_so})


def marked(excerpt):
    """Return an excerpt for a page, with what was found in it marked."""
    return CAT(*[TAG.mark(part) if place % 2 else part for place, part in enumerate(excerpt)])


def page_asked(other, conversation=None):
    """Return (conversation, History, number of the message that is looked for or None): the page of a chat that is asked for.

    Without `other`, of this conversation.
    """
    T = current.T
    before, after, at = (whole(current.request.get_vars[name]) for name in ('before', 'after', 'at'))
    try:
        if other:
            conversation, page = pages_read.history_with(current.db, current.auth.user_id, other, before, after=after, around=at)
        else:
            page = pages_read.history(current.db, current.auth.user_id, conversation, before, after=after, around=at)
    except Refused:
        stop(404, T('There is no such message.'))
    return conversation, page, at


def _hit(hit, reader_id):
    frame = protocol.message_frame(hit.message, reader_id)
    whose = {'with_id': hit.with_id} if hit.with_id else {}     # a former member has no number
    return dict(frame, with_name=hit.with_name, excerpt=hit.excerpt, **whose)
