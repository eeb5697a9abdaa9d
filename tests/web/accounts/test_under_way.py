"""What a session is judged by, at the moment when it counts: a request may be under way when the session ends."""
import io
import json
import pickle

import pytest
import webtest
from messenger_core.ends import logout
from messenger_live.sessions.files import spread

from ..conftest import HOST
from .test_ending import is_out


class Coming(io.BytesIO):
    """A body that takes its time: before it is there, `meanwhile` has happened."""

    def __init__(self, body, meanwhile):
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, *size):
        self.meanwhile, meanwhile = lambda: None, self.meanwhile
        meanwhile()
        return super().read(*size)

    read1 = read


@pytest.mark.parametrize('end', [
    lambda db, id: logout.record_others(db, id, 'another'),
    lambda db, id: (db(db.auth_user.id == id).update(registration_key='blocked'), db.commit())])
def test_a_command_that_is_still_coming_in_when_the_session_ends_does_nothing(site, ann, bob, end):
    body, statuses = json.dumps({'type': 'send', 'receiver': bob.id, 'content': 'late'}).encode(), []
    cookies = '; '.join('%s=%s' % cookie for cookie in ann.app.cookies.items())
    asked = webtest.TestRequest.blank('/messenger/messaging/command.json', method='POST', environ={
        'REMOTE_ADDR': '127.0.0.1', 'HTTP_HOST': HOST, 'HTTP_ORIGIN': 'http://' + HOST, 'HTTP_COOKIE': cookies,
        'CONTENT_TYPE': 'application/json', 'CONTENT_LENGTH': str(len(body)), 'wsgi.input': Coming(body, lambda: end(site.db, ann.id))})
    list(site.gluon.main.wsgibase(asked.environ, lambda status, *_: statuses.append(status[:3])))      # webtest reads a body itself
    assert statuses[0] in ('401', '403') and site.messages() == [] and not site.tickets()


@pytest.mark.parametrize('generation', [None, '1', 1.0, True, [1], {}, b'1'])
def test_a_generation_of_another_kind_is_none(site, generation):
    assert not logout.is_over(generation, 0) and logout.is_over(generation, 1) and not logout.is_over(generation, 1, is_shared=True)
    ann = site.log_in('Ann')
    path = site.application / 'sessions' / spread(ann.cookie())
    content = pickle.loads(path.read_bytes())
    content.auth.generation = generation
    path.write_bytes(pickle.dumps(content))
    assert not is_out(ann)
    logout.record_others(site.db, ann.id, 'another')
    assert is_out(ann)
