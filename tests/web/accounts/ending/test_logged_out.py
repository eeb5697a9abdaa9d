"""Somebody posts after their session has ended in another tab: nothing is sent, and nothing that they wrote is lost or shown to others."""
import pytest


def log_in_again(browser, answer, email, password='a long enough password'):
    """Fill in the page to which a post was sent, with all of it; return the page after it."""
    page = browser.follow(answer)
    assert page.request.path.endswith('/default/user/login')
    page.forms[0]['email'], page.forms[0]['password'] = email, password
    return browser.follow(page.forms[0].submit())


@pytest.fixture
def late(site, ann, bob):
    """A function that posts from a page that was opened before the logout; returns the answer."""
    def late(address='/messaging/send_message', form=0, **fields):
        one = ann.get(address).forms[form]
        for name, value in fields.items():
            one[name] = value
        ann.log_out()
        answer = ann._checked(one.submit(expect_errors=True), None)
        assert answer.status_int in (303, 307) and '/default/user/login' in answer.location and site.messages() == []
        return answer
    return late


def test_h28_the_form_is_there_again_with_its_text_after_logging_in(site, ann, bob, late):
    page = log_in_again(ann, late(receiver='Bob Lee #%d' % bob.id, content='Not lost'), 'ann@example.com')
    form = page.forms[0]
    assert (form['receiver'].value, form['content'].value) == ('Bob Lee #%d' % bob.id, 'Not lost') and site.messages() == []
    assert form.submit().status_int == 303
    assert [row['content'] for row in site.messages()] == ['Not lost']
    assert ann.get('/messaging/send_message').forms[0]['content'].value == ''


def test_h28_so_it_is_in_a_chat(ann, bob, late):
    page = log_in_again(ann, late('/messaging/chat/%d' % bob.id, 'composer', content='Not lost'), 'ann@example.com')
    assert page.request.path.endswith('/chat/%d' % bob.id) and page.forms['composer']['content'].value == 'Not lost'


def test_h28_whoever_else_logs_in_in_that_browser_sees_nothing_of_it(site, ann, bob, late):
    page = log_in_again(ann, late(receiver=str(bob.id), content='For Bob'), 'bob@example.com')
    assert page.forms[0]['content'].value == page.forms[0]['receiver'].value == ''
    ann.log_out()
    ann.log_in('ann@example.com')
    assert ann.get('/messaging/send_message').forms[0]['content'].value == '', 'it was thrown away'


@pytest.mark.parametrize('content', ['x' * 10_001, 'a\0b', ' '])
def test_h28_what_could_not_be_sent_is_not_kept_either(ann, bob, late, content):
    page = log_in_again(ann, late(receiver=str(bob.id), content=content), 'ann@example.com')
    assert page.forms[0]['content'].value == ''


@pytest.mark.filterwarnings('ignore:.*hmset:DeprecationWarning')
def test_h28_a_session_in_a_cookie_has_no_room_for_it_and_people_get_in_all_the_same(ann, bob, monkeypatch, late):
    monkeypatch.setenv('MESSENGER_SESSION_STORE', 'cookie')
    monkeypatch.setenv('MESSENGER_SESSION_COOKIE_KEY', 'a secret of the site')
    ann.log_in('ann@example.com')
    page = log_in_again(ann, late(receiver=str(bob.id), content='x' * 10_000), 'ann@example.com')
    assert page.forms[0]['content'].value == ''
