"""A poll that finds nothing new is answered early, and in nothing else differently."""
import io
import re
from datetime import datetime, timedelta

import pytest
from messenger_core.feed import sequence
from messenger_core.messages import reading, sending
from pydal import DAL

PATH = '/messaging/updates.json'
pytestmark = pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')
TELLS_TIME = re.compile('[0-9]{2}:[0-9]{2}:[0-9]{2}')


@pytest.fixture
def early(monkeypatch):
    """Which of the polls asked for since were answered early, and a function that has none answered so."""
    from messenger_web.entrance import polls
    answered, plain = [], polls._answer

    def answer(frame):
        answered.append(frame)
        plain(frame)
    monkeypatch.setattr(polls, '_answer', answer)
    answered_early = Answered(answered)
    answered_early.never = lambda: monkeypatch.setattr(polls, 'answer_quiet', lambda: None)
    return answered_early


class Answered:
    def __init__(self, frames):
        self.frames, self.never = frames, None

    def __len__(self):
        return len(self.frames)


def poll(browser, since=None, status=200, **asked):
    since = sequence.state(browser.site.db).head if since is None else since
    browser.site.db.commit()
    return browser.get(PATH, status, params={'since': since, **asked})


def write(site, sender, receiver, content='Hello'):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


@pytest.fixture(params=['file', 'db', 'cookie', 'redis'])
def ann_somewhere(request, site, choose):
    """Ann, whose session lies in each of the places where it can."""
    if request.param == 'redis':
        request.getfixturevalue('in_redis')
    elif request.param == 'cookie':
        choose(session_store='cookie', session_cookie_key='a secret of the site')
    else:
        choose(session_store=request.param)
    ann = site.log_in('Ann')
    poll(ann)       # from now on the question is known
    return ann


@pytest.fixture
def ann(site, ann):
    poll(ann)
    return ann


def test_the_answer_is_the_same_wherever_the_session_lies(site, ann_somewhere, early):
    answers = [poll(ann_somewhere)]
    assert len(early) == 1
    early.never()
    answers.append(poll(ann_somewhere))
    assert len(early) == 1
    assert answers[0].json == answers[1].json
    first, second = (sorted((name, TELLS_TIME.sub('', value)) for name, value in answer.headers.items()) for answer in answers)
    assert first == second


def test_it_takes_two_statements_and_no_table(site, ann, early, statements, monkeypatch):
    defined, plain = [], DAL.lazy_define_table
    monkeypatch.setattr(DAL, 'lazy_define_table', lambda db, name, *fields, **options: defined.append(name) or plain(
        db, name, *fields, **options))
    since = sequence.state(site.db).head
    asked = [one for one in statements(lambda: poll(ann, since)) if 'PRAGMA' not in one]
    assert len(early) == 1 and defined == []
    assert ['messenger_preference' in asked[0], 'messenger_feed' in asked[1], len(asked)] == [True, True, 2], asked


def test_what_is_between_others_moves_the_position_on(site, ann, bob, early):
    before, cid = sequence.state(site.db).head, site.member('Cid')
    write(site, bob.id, cid)
    assert poll(ann, before).json['seq'] > before and len(early) == 1


@pytest.mark.parametrize('happens', [
    lambda site, ann, bob: write(site, bob.id, ann.id), lambda site, ann, bob: write(site, ann.id, bob.id),
    lambda site, ann, bob: reading.mark_read(site.db, bob.id, 1, 1), lambda site, ann, bob: site.write_by_sql(bob.id, ann.id, 'by SQL')])
def test_what_is_new_is_told_at_once(site, ann, bob, early, happens):
    write(site, ann.id, bob.id)
    before = sequence.state(site.db).head
    happens(site, ann, bob)
    assert len(poll(ann, before).json['events']) == 1 and len(early) == 0
    assert poll(ann).json['events'] == [] and len(early) == 1


@pytest.mark.parametrize(('asked', 'status'), [
    (dict(since='x'), 400), (dict(since=10**6), 200), (dict(epoch='another'), 200), (dict(author=17), 401)])
def test_what_has_to_be_thought_about_is(site, ann, early, asked, status):
    answer = poll(ann, status=status, **asked)
    assert len(early) == 0 and ('reset' in answer.json or status != 200)


def test_a_position_of_this_epoch_and_of_its_author_is_as_good(site, ann, early):
    poll(ann, epoch=sequence.state(site.db).epoch, author=ann.id)
    assert len(early) == 1


@pytest.mark.parametrize('ends', [
    lambda site, ann: site.db.executesql("UPDATE auth_user SET registration_key = 'blocked'"),
    lambda site, ann: site.db.executesql('DELETE FROM auth_user'),
    lambda site, ann: site.db.executesql('UPDATE messenger_member SET session_generation = 9'),
    lambda site, ann: [path.unlink() for path in site.application.glob('sessions/**/' + ann.cookie())],
    lambda site, ann: ann.app.cookies.clear() or ann.app.reset(), lambda site, ann: ann.log_out()])
def test_who_may_not_go_on_is_told_nothing(site, ann, early, ends):
    ends(site, ann)
    site.db.commit()
    assert poll(ann, status=None).status_int in (401, 403) and len(early) == 0


def test_nor_is_who_has_been_away_for_too_long(site, ann, early, monkeypatch):
    from messenger_web.entrance import lasting

    class Later(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) + timedelta(days=2)
    monkeypatch.setattr(lasting, 'datetime', Later)
    assert poll(ann, status=401) and len(early) == 0


def test_each_costs_one_and_none_two(site, ann, bob, early, monkeypatch):
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_BURST', '4')
    monkeypatch.setenv('MESSENGER_REALTIME_QUESTIONS_PER_SECOND', '0.001')
    before = sequence.state(site.db).head
    poll(ann), poll(ann)
    assert len(early) == 2
    write(site, bob.id, ann.id)
    assert len(poll(ann, before).json['events']) == len(poll(ann, before).json['events']) == 1
    answer = poll(ann, status=429)
    assert answer.json['code'] == 'rate' and int(answer.headers['Retry-After']) > 60 and len(early) == 2
    assert answer.headers['Cache-Control'] == 'no-store' and "default-src 'self'" in answer.headers['Content-Security-Policy']


def test_one_with_a_body_and_a_head_go_the_usual_way(site, ann, early):
    brought = {'CONTENT_LENGTH': '1', 'wsgi.input': io.BytesIO(b'x')}
    assert ann.get(PATH, params={'since': 0}, extra_environ=brought).json['events'] == []
    ann._checked(ann.app.head('/messenger%s?since=0' % PATH, expect_errors=True), 200)
    assert len(early) == 0


def test_the_first_request_of_a_process_goes_the_usual_way(site, ann, early, monkeypatch):
    monkeypatch.setattr('messenger_web.kept.ready._ready', {})
    monkeypatch.setattr('messenger_core.database.texts._texts', {})
    poll(ann)
    assert len(early) == 0
    poll(ann)
    assert len(early) == 1


def test_nor_is_one_answered_early_for_which_another_has_made_the_database_ready_meanwhile(site, ann, early, monkeypatch):
    from messenger_web.kept import ready
    others, begin = ready._ready, ready.begin
    monkeypatch.setattr(ready, '_ready', {})

    def begin_while_another_ends(db):
        begin(db)
        monkeypatch.setattr(ready, '_ready', others)
    monkeypatch.setattr(ready, 'begin', begin_while_another_ends)
    poll(ann)
    assert len(early) == 0
    monkeypatch.setattr(ready, 'begin', begin)
    poll(ann)
    assert len(early) == 1


def test_a_site_that_is_due_to_be_looked_after_is(site, ann, early):
    from messenger_web.accounts import leaving
    leaving._look_again.clear()
    poll(ann)
    assert len(early) == 0 and leaving._look_again
    poll(ann)
    assert len(early) == 1


def test_a_later_release_is_not_answered_for(site, ann, early):
    site.db.executesql('UPDATE messenger_feed SET version = 99, least_reader = 99')
    site.db.commit()
    assert ann.get(PATH, 503, params={'since': 0}) and len(early) == 0
