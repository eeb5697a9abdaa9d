"""Private messages: the inbox, the form that sends one, the chat, and the JSON that a chat speaks where no socket gets through.

What is asked is read, messenger_core does it, the answer is shown. The helpers are in modules/messenger_web/.
"""

from gluon.storage import Storage
from messenger_core.adoption import adoption, quiet
from messenger_core.ends import last_seen
from messenger_core.errors import Refused
from messenger_core.feed import pages, sequence
from messenger_core.members import directory, whom
from messenger_core.messages import conversation_list, delivery, letters, noticing, reading, sending, starting
from messenger_core.messages import conversations as conversations_of
from messenger_live.wire import protocol
from messenger_web.accounts import leaving
from messenger_web.answers import refuse
from messenger_web.asked import former_of, is_post, no_such_person, person_of, posted, typed_receiver, whole
from messenger_web.compose import meant, send_posted, shown_again
from messenger_web.entrance import lasting, polls
from messenger_web.entrance.allowed import spend_send
from messenger_web.finding import found_for, found_frame, page_asked, page_of_found, typed_to_find
from messenger_web.forms import list_form, send_form, set_marks
from messenger_web.json_answers import command_body, cursor_asked, in_json, number_asked, of_its_author
from messenger_web.letters import inbox_url, letters_posted, waits_upto
from messenger_web.looked_at import is_looked_at, without_script
from messenger_web.shown import chat_url

CONVERSATIONS_LIMIT, FOUND_LIMIT = 30, 20
MARKS = {
    'read': lambda conversation: reading.mark_read(db, auth.user_id, conversation, protocol.LARGEST),
    'unread': lambda conversation: reading.mark_unread(db, auth.user_id, conversation),
    'mute': lambda conversation: noticing.mute(db, auth.user_id, conversation, True),
    'unmute': lambda conversation: noticing.mute(db, auth.user_id, conversation, False)}

COMMANDS = {
    protocol.MarkRead: lambda user_id, asked: reading.mark_read(db, user_id, asked.conversation, asked.number),
    protocol.MarkUnread: lambda user_id, asked: reading.mark_unread(db, user_id, asked.conversation),
    protocol.Mute: lambda user_id, asked: noticing.mute(db, user_id, asked.conversation, asked.muted),
    protocol.MarkDelivered: lambda user_id, asked: delivery.mark(db, user_id, asked.conversation, asked.number)}


@auth.requires_login()
def index():
    """The messages received, newest first, or with ?unread=1 those that wait to be read; and the form to send one."""
    adopt(db)
    response.live, response.unread = sequence.state(db), noticing.unread(db, auth.user_id)
    only_waiting = request.get_vars.unread == '1'
    received = (letters.waiting if only_waiting else letters.received)(db, auth.user_id, whole(request.get_vars.before))
    return dict(received=received, only_waiting=only_waiting, upto=waits_upto(received), form=send_form('send_message'), marks=list_form(),
                choices=directory.choices(db, auth.user_id))


@auth.requires_login()
def send_message():
    """The form to send a message; once it is sent, back to the inbox, to the letter it answers. Who answers a letter has read it."""
    form, answered = send_form('send_message'), letters_posted('letter')
    if is_post() and send_posted(form):
        for letter in answered:
            mark_read(letter.conversation, letter.number)
        session.flash, session.sent = T('Message sent successfully!'), ' '.join([*(session.sent or '').split()[-9:], form.ref])
        redirect(inbox_url(answered))
    return dict(form=form, choices=directory.choices(db, auth.user_id))


@auth.requires_login()
def chat():
    """The chat with one person, /chat/17, or with one who is gone, /chat/former/5; without one, the people to choose from."""
    if not request.args:
        return people(typed_receiver() if is_post() else '')
    adopt(db)
    if request.args(0) == 'former':
        return chat_in(former_of(request.args))
    return chat_with(person_of(request.args))


@auth.requires_login()
def mark():
    """POST: a conversation is marked as read or unread, or muted or not; then back to the list, or to the chat it was marked in."""
    if not is_post():
        refuse(405, 'A mark is posted.', Allow='POST')
    set_marks([(MARKS[name], whole(posted(name))) for name in MARKS if whole(posted(name))])
    person, former = whole(posted('chat')), former_of(posted('chat')[:50].split('/'))
    redirect(chat_url(person, former, anchor='latest') if person or former else URL('chat'))


@auth.requires_login()
def mark_letters():
    """POST: letters of the inbox are marked as read, or the conversation of one as unread, or all that the page knew of as read.

    Then back to where in the inbox that was.
    """
    if not is_post():
        refuse(405, 'A mark is posted.', Allow='POST')
    read, unread = letters_posted('read'), letters_posted('unread')
    set_marks([(lambda letter: reading.mark_read(db, auth.user_id, letter.conversation, letter.number), letter) for letter in read]
              + [(MARKS['unread'], letter.conversation) for letter in unread]
              + [(lambda upto: reading.mark_all_read(db, auth.user_id, upto), upto) for upto in [whole(posted('all'))] if upto])
    redirect(inbox_url(read + unread))


def stream():
    """What whoever asks web2py for the socket gets: web2py has none."""
    session.forget(response)
    if not auth.user:
        refuse(403, 'User not authenticated')
    where = settings.realtime.url or T('port %s of this host', settings.realtime.port)
    refuse(400, T('This is an address for WebSocket clients; the server that answers them is at %s.', where))


def updates():
    """GET updates.json?since=N: what has happened after N, at once."""
    def answer(user_id):
        adopt(db)
        quiet.prepare(db)   # the next one is answered by polls.py, unless there is something new
        epoch = request.get_vars.epoch
        page = pages.since_for(db, user_id, cursor_asked('since'), epoch if isinstance(epoch, str) else None)
        return protocol.page_frame(page, user_id, polls.POLL_SECONDS)
    return in_json(answer)


def history():
    """GET history.json?conversation=&before=&limit=: older messages, ascending."""
    def answer(user_id):
        before, limit = number_asked('before', -1), number_asked('limit', reading.HISTORY_LIMIT)
        page = reading.history(db, user_id, number_asked('conversation'), None if before < 0 else before, limit)
        return protocol.history_frame(page, user_id)
    return in_json(answer)


def conversations():
    """GET conversations.json?before=SEQ&limit=: with whom one writes, newest first."""
    def answer(user_id):
        adopt(db)
        before, limit = number_asked('before', -1), number_asked('limit', conversation_list.LIMIT)
        page = conversation_list.list_for(db, user_id, None if before < 0 else before, limit)
        return protocol.conversations_frame(page, user_id)
    return in_json(answer)


def search():
    """GET search?q=&before=: people and messages with these words; search.json?q=&before=&limit= the same for a script."""
    def answer(user_id):
        adopt(db)
        before, limit = number_asked('before', 0), number_asked('limit', FOUND_LIMIT)
        return found_frame(user_id, *found_for(user_id, typed_to_find(), before or None, limit))
    return in_json(answer) if request.extension == 'json' else auth.requires_login()(searched)()


def command():
    """POST command.json: one frame as on the socket, answered by its `ack`, or {} where it has no ref."""
    frame = {}

    def answer(user_id):
        frame.update(protocol.decode(command_body(settings.realtime.message_bytes)))
        asked = protocol.command(of_its_author(frame, user_id), settings.realtime.content)
        if isinstance(asked, protocol.Send):
            spend_send()
            draft = sending.Draft(user_id, asked.content, asked.receiver, asked.conversation, asked.ref)
            return protocol.ack_frame(sending.send(db, lasting.asked(draft), starting.limits(settings.realtime)), asked.ref)
        if type(asked) in COMMANDS:
            COMMANDS[type(asked)](user_id, asked)
            return protocol.done_frame(asked.ref) or {}
        raise Refused('bad_type', 'This is understood on a socket only.')
    return in_json(answer, frame)


def active():
    """GET active.json: somebody is at the page. Of all .json this one lets web2py move the end of the session on, as each page does."""
    return in_json(lambda user_id: {}, keeps_session=True)


def searched():
    """Show what is found, or say why nothing is looked for. It costs what the JSON costs."""
    adopt(db)
    return page_of_found(whole(request.get_vars.before), FOUND_LIMIT)


def people(typed):
    """Show the conversations, and let somebody choose whom else to chat with."""
    found = whom.find(db, meant(typed)) if typed else None
    if found:
        redirect(URL('chat', args=found))
    adopt(db)
    response.view = 'messaging/people.html'
    response.live = sequence.state(db)
    return dict(conversations_beside(None), choices=directory.choices(db, auth.user_id), typed=typed)


def chat_with(other):
    """Show the chat with `other`, send what was posted there, and mark read what is shown."""
    form = send_form('chat', receiver='#%d' % other)
    if is_post() and send_posted(form):
        redirect(URL('chat', args=other, anchor='latest'))
    state = sequence.state(db)
    conversation, page, found = page_asked(other)
    name = directory.names(db, [other]).get(other)
    if not name and not conversation:
        no_such_person(form.content)
    return thread_of(state, other, name, conversation, page, found, form)


def chat_in(conversation):
    """Show what was written with somebody whose account was deleted."""
    try:
        other = conversation and conversations_of.other(db, auth.user_id, conversation)
    except Refused:
        conversation = None
    if not conversation:
        no_such_person()
    if other:
        redirect(URL('chat', args=other))
    state = sequence.state(db)
    _, page, found = page_asked(None, conversation)
    return thread_of(state, None, None, conversation, page, found, Storage(content=shown_again(posted('content'))))


def thread_of(state, other, name, conversation, page, found, form):
    """Show a page of a conversation, and mark read what is shown, unless a script does that."""
    read_number = reading.place(db, auth.user_id, conversation).read_number if conversation else 0
    if page.messages and is_looked_at():
        mark_read(conversation, page.messages[-1].number)
    response.without_script = without_script('message-%d' % found if found else 'latest')
    response.live = state   # not before: the answer about who isn't there says nothing about whom was asked for
    theirs, seen = delivery.theirs(db, auth.user_id, conversation), last_seen.of(db, {other} - {auth.user_id}).get(other)
    is_muted = noticing.is_muted(db, auth.user_id, conversation)
    return dict(conversations_beside(other, None if other else conversation), other=other, name=name, conversation=conversation, page=page,
                theirs=theirs, seen=seen, is_muted=is_muted, read_number=read_number, found=found, form=form)


def conversations_beside(here, former=None):
    """Return what list.html shows: the conversations, all of them alone or the newest beside the thread with the member `here`.

    Or beside the conversation `former`, whose other member has no number any more.
    """
    before = None if here or former else whole(request.get_vars.before)
    listing = conversation_list.list_for(db, auth.user_id, before, CONVERSATIONS_LIMIT)
    response.unread = listing.unread
    return dict(listing=listing, limit=CONVERSATIONS_LIMIT, here=here, former=former, marks=list_form())


def adopt(db):
    """Complete what others have inserted; where a sidecar runs it has been quicker."""
    leaving.in_spite_of_faults(adoption.adopt, db)


def mark_read(conversation, number):
    """Mark read what this page shows."""
    # What can't be marked stays unread until it is looked at again, and the page is shown.
    leaving.in_spite_of_faults(reading.mark_read, db, auth.user_id, conversation, number)
