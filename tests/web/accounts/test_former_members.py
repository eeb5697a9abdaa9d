"""Members who go: what they wrote and were written stays with the others, as it was; they themselves are out, at once."""
import time

import pytest
from member import PASSWORD, Member
from sidecar import PATIENCE, Socket
from stack import Stack


def leave(stack, id):
    """By the form at the end of one's own account page."""
    member = Member(stack, 'Bob', 'Lee', stack.query('SELECT email FROM auth_user WHERE id = ?', id)[0][0], PASSWORD)
    member.log_in()
    assert 'Your account has been deleted.' in member.submit('/messenger/default/account', password=PASSWORD)
    assert stack.query('SELECT registration_key, password FROM auth_user WHERE id = ?', id) == [('deleted', None)]


def delete_in_appadmin(stack, id):
    admin = Member(stack, 'The', 'Administrator', None, None)
    admin.post('/admin/default/index', password=PASSWORD, send='/messenger/appadmin/index')
    admin.submit('/messenger/appadmin/update/db/auth_user/%d' % id, delete_this_record='on')
    assert stack.query('SELECT registration_key, password FROM auth_user WHERE id = ?', id) == [('deleted', None)]


def disable(stack, id):
    stack.query("UPDATE auth_user SET registration_key = 'disabled' WHERE id = ?", id)


def delete_by_sql(stack, id):
    stack.query('DELETE FROM auth_user WHERE id = ?', id)
    deadline = time.monotonic() + PATIENCE
    while stack.query('SELECT 1 FROM message WHERE sender = ?', id):
        assert time.monotonic() < deadline, 'nobody notices'
        time.sleep(0.05)


@pytest.fixture(scope='module')
def stack(tmp_path_factory, web2py_home):
    with Stack(tmp_path_factory.mktemp('stack'), web2py_home, close_seconds=0.2) as stack:
        yield stack


@pytest.fixture(scope='module', params=[leave, delete_in_appadmin, disable, delete_by_sql])
def scene(stack, request):
    """Bob, with whom Ann and Cid have conversations, goes; his socket and Ann's are open meanwhile."""
    # Who logs out is let go of because of that, before anybody looks whether the account is still there.
    stack.restart_sidecar(recheck_seconds=30 if request.param is leave else 0.4, look_seconds=0.3)
    scene = Scene(stack, request.param.__name__)
    scene.let_bob_go(request.param)
    yield scene
    for one in scene.sockets:
        one.shutdown()


class Scene:
    """Three members; Ann has read two of the three messages that Bob sent her."""

    def __init__(self, stack, way):
        self.stack, self.way, self.sockets = stack, way, []
        self.ann, self.bob, self.cid = (
            stack.register(name, 'Lee', '%s@%s.example' % (name.lower(), way.replace('_', '-'))) for name in ('Ann', 'Bob', 'Cid'))
        for sender, receiver, content in (('bob', 'ann', 'one'), ('ann', 'bob', 'two'), ('bob', 'ann', 'three'), ('ann', 'bob', 'four'),
                                          ('bob', 'ann', 'five'), ('cid', 'ann', 'other'), ('cid', 'bob', 'another')):
            getattr(self, sender).send(getattr(self, receiver).id, content)
        self.conversation = next(row['conversation'] for row in self.listed() if row['user_id'] == self.bob.id)
        assert self.ann.ask('/messenger/messaging/command.json',
                            {'type': 'read', 'conversation': self.conversation, 'number': 3}) == (200, {})
        self.anns_socket, self.bobs_socket = self.socket(self.ann), self.socket(self.bob)

    def let_bob_go(self, way):
        self.before = self.listed(), self.history()
        way(self.stack, self.bob.id)
        self.bobs_end = self.bobs_socket.close_code()

    def socket(self, member):
        peer = Socket()
        self.sockets.append(peer)
        peer.settimeout(PATIENCE)
        peer.connect(self.stack.socket_url, origin=self.stack.origin, cookie=member.cookie)
        assert peer.frame()['user_id'] == member.id
        return peer

    def listed(self):
        return self.ann.ask('/messenger/messaging/conversations.json')[1]['conversations']

    def history(self):
        return self.ann.ask('/messenger/messaging/history.json?conversation=%d' % self.conversation)[1]['messages']


def without_names(message):
    return {key: value for key, value in message.items() if key not in ('sender', 'sender_id', 'receiver_id')}


def test_their_sockets_close(scene):
    # Whoever leaves logs out, too. Of a deletion by SQL it is seen first that the account is gone, or that its sessions have ended.
    assert scene.bobs_end in {'leave': (4401,), 'delete_by_sql': (4401, 4403)}.get(scene.way, (4403,))


def test_their_session_opens_no_page_any_more(scene):
    assert 'Log in' in scene.bob.get('/messenger/messaging/index')
    assert scene.bob.ask('/messenger/messaging/updates.json?since=0')[0] in (401, 403)


def test_the_others_threads_keep_their_numbers_texts_and_times(scene):
    after = scene.history()
    assert [without_names(message) for message in after] == [without_names(message) for message in scene.before[1]]
    assert [(message['number'], message['content']) for message in after] == list(enumerate(['one', 'two', 'three', 'four', 'five'], 1))


def test_they_have_no_name_any_more_and_the_others_keep_theirs(scene):
    names = [(message['sender'], message.get('sender_id')) for message in scene.history()]
    assert names == [('', None), ('Ann Lee', scene.ann.id)] * 2 + [('', None)]
    assert [row['name'] for row in scene.listed()] == ['Cid Lee', '']


def test_what_is_unread_stays_as_it_was(scene):
    figures = [[(row['conversation'], row['unread'], row['read_number']) for row in rows] for rows in (scene.before[0], scene.listed())]
    assert figures[0] == figures[1]
    assert sorted(unread for _, unread, _ in figures[1]) == [1, 1]


def test_inbox_list_and_chat_show_a_former_member(scene):
    inbox = scene.ann.get('/messenger/messaging/index')
    assert inbox.count('>former member<') == 3 and 'Cid Lee' in inbox and 'five' in inbox
    assert 'former member' in scene.ann.get('/messenger/messaging/chat')
    assert 'Bob' not in inbox + scene.ann.get('/messenger/messaging/chat')


@pytest.mark.parametrize('whom', ['receiver', 'conversation'])
def test_they_cannot_be_written_to(scene, whom):
    frame = {'type': 'send', whom: {'receiver': scene.bob.id, 'conversation': scene.conversation}[whom], 'content': 'x', 'ref': 'to-bob'}
    status, answer = scene.ann.ask('/messenger/messaging/command.json', frame)
    assert (status, answer['code']) == (404, 'no_such_user')
    scene.anns_socket.ask(**frame)
    assert scene.anns_socket.until('error')[-1]['code'] == 'no_such_user'
    page = scene.ann.submit('/messenger/messaging/send_message', receiver=str(scene.bob.id), content='x')
    assert 'There is no such member' in page and 'successfully' not in page
    assert [message['content'] for message in scene.history()] == ['one', 'two', 'three', 'four', 'five']


def test_they_are_not_offered_to_anybody(scene):
    assert 'Bob Lee #%d' % scene.bob.id not in scene.cid.get('/messenger/messaging/send_message')


def test_between_those_who_stay_nothing_changes(scene):
    scene.cid.send(scene.ann.id, 'still here')
    live = scene.anns_socket.until('message')[-1]
    assert (live['content'], live['sender'], live['number']) == ('still here', 'Cid Lee', 2)


def test_the_chat_can_be_opened_and_read_but_has_no_place_to_write(scene):
    has_number = scene.way != 'delete_by_sql'
    address = '/messenger/messaging/chat/%s' % (scene.bob.id if has_number else 'former/%d' % scene.conversation)
    chat = scene.ann.get(address)
    assert [word in chat for word in ('one', 'two', 'three', 'four', 'five', 'former member', 'no longer here')] == [True] * 7
    assert 'Bob' not in chat and '<textarea' not in chat
    assert next(row for row in scene.listed() if row['conversation'] == scene.conversation)['unread'] == 0
    # Who wrote meanwhile, in a page without a script, gets it back, no higher than a message.
    chat = scene.ann.post(address, content='first' + '\n' * 900 + 'line\n' * 30)
    assert 'This was not sent' in chat and 'first\n\n\n\nline\nline' in chat and 'class="folding"' in chat


def test_the_list_leads_to_what_was_written_with_them(scene):
    row = next(row for row in scene.listed() if row['conversation'] == scene.conversation)
    assert row.get('user_id') == (None if scene.way == 'delete_by_sql' else scene.bob.id)
    address = '/messaging/chat/%s' % (row.get('user_id') or 'former/%d' % scene.conversation)
    assert address in scene.ann.get('/messenger/messaging/chat') and address in scene.ann.get('/messenger/messaging/search?q=five')


@pytest.mark.parametrize('address', ['former', 'former/0', 'former/x', 'former/999', 'former/1/2', 'other/1'])
def test_a_conversation_that_is_not_there_or_not_ones_own_has_no_page(scene, address):
    assert 'There is no such member' in scene.ann.get('/messenger/messaging/chat/' + address)
    assert 'There is no such member' in scene.cid.get('/messenger/messaging/chat/former/%d' % scene.conversation)


def test_with_somebody_who_is_here_the_address_leads_to_their_chat(scene):
    conversation = next(row['conversation'] for row in scene.listed() if row['name'] == 'Cid Lee')
    assert 'Cid Lee' in scene.ann.get('/messenger/messaging/chat/former/%d' % conversation)
