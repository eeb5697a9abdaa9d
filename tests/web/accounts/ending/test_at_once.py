"""Two requests that change who may be in, at the same moment: whoever comes second is judged by what the first has left."""
from pkgutil import resolve_name

import pytest
from messenger_core.ends import logout

from ...conftest import PASSWORD
from .test_ending import NEW, SAID, change, copy_of, in_a_form, is_out, told
from .test_ending import admin as admin
from .test_ending import password as password
from .test_logged_out import log_in_again
from .test_under_way import beside, command, logging_out, under_way
from .test_under_way import form as form_to

THIEFS = 'the password of a thief'
SEND = 'messenger_core.messages.sending.send_all'
END = 'messenger_core.ends.logout.end_each'
ENDED = 'You have been logged out: from another session'


@pytest.fixture
def just_before(monkeypatch):
    """Call it to have something happen, once, just before a function is called."""
    def just_before(name, happening):
        happenings, function = [happening], resolve_name(name)

        def called(*arguments, **named):
            while happenings:
                beside(happenings.pop())
            return function(*arguments, **named)
        monkeypatch.setattr(name, called)
    return just_before


@pytest.fixture
def ann(site):
    return site.log_in('Ann')


@pytest.fixture
def thief(site, ann):
    """A browser that has logged in as Ann on its own."""
    thief = site.visitor()
    thief.log_in('ann@example.com')
    return thief


def others(browser):
    return next(one for one in browser.get('/default/account').forms.values() if one['_formname'].value == 'others')


def another_password(browser):
    form = browser.get('/default/user/change_password').forms[0]
    form['old_password'], form['new_password'], form['new_password2'] = PASSWORD, THIEFS, THIEFS
    return form


def leaving(browser):
    form = next(one for one in browser.get('/default/account').forms.values() if one['_formname'].value == 'leave')
    form['password'] = PASSWORD
    return form


@pytest.mark.parametrize('form', [others, another_password, leaving])
def test_a_session_that_ends_while_it_would_end_the_others_ends_none(site, ann, thief, just_before, form):
    form, happened = form(thief), []
    just_before(END, lambda: happened.append(change(ann)))
    answer = thief._checked(form.submit(expect_errors=True), 303)
    assert SAID in happened[0] and ENDED in thief.follow(answer)
    assert is_out(thief) and not is_out(ann) and told(site) == [('logout_others', ann.id, 1)]
    assert 'Inbox' in site.visitor().log_in('ann@example.com', NEW)


@pytest.mark.parametrize('form', [others, another_password])
def test_nor_does_one_whose_member_is_blocked_meanwhile(site, ann, admin, just_before, form):
    form = form(ann)
    just_before(END, lambda: in_a_form(admin, ann.id, registration_key='blocked'))
    ann._checked(form.submit(expect_errors=True), 303)
    in_a_form(admin, ann.id, registration_key='')
    assert is_out(ann) and is_out(copy_of(site, ann)) and len(told(site)) == 2
    assert 'Inbox' in site.visitor().log_in('ann@example.com')


@pytest.mark.parametrize('step', [
    'messenger_web.accounts.logins.settle', 'messenger_core.members.directory.standing', 'messenger_web.accounts.logins._is_still',
    'messenger_core.messages.former.meet'])
def test_a_login_with_a_password_that_changes_meanwhile_is_none(site, ann, just_before, step):
    late, happened = site.visitor(), []
    form = late.get('/default/user/login').forms[0]
    form['email'], form['password'] = 'ann@example.com', PASSWORD
    just_before(step, lambda: happened.append(change(ann)))
    late._checked(form.submit(expect_errors=True), 303)
    assert SAID in happened[0] and is_out(late) and not is_out(ann)


def test_a_login_while_its_own_member_logs_out_everywhere_else_is_one(site, ann, just_before):
    """It came with the password that counts."""
    late, form = site.visitor(), others(ann)
    just_before(END, lambda: late.log_in('ann@example.com'))
    ann._checked(form.submit(expect_errors=True), 303)
    assert is_out(late) and not is_out(ann)     # it was in before the others were out
    late.log_in('ann@example.com')
    assert not is_out(late)


@pytest.mark.parametrize(('address', 'form'), [('send_message', 0), ('index', 0), ('chat/%d', 'composer')])
def test_what_waits_to_be_sent_when_its_session_ends_is_not_sent_and_its_text_goes_through_the_login(
        site, ann, bob, thief, just_before, address, form):
    one = thief.get('/messaging/' + (address % bob.id if '%' in address else address)).forms[form]
    one['content'] = 'Not lost'
    one['receiver'] = str(bob.id)
    just_before(SEND, lambda: change(ann))
    answer = one.submit(expect_errors=True)
    assert answer.status_int == 307 and site.messages() == [] and site.db(site.db.conversation).isempty()
    assert ENDED in thief.follow(answer) and is_out(thief) and not is_out(ann)
    page = log_in_again(thief, answer, 'ann@example.com', NEW)
    # A chat is with a member, whatever a name looks like.
    whom = ('#%d' if form == 'composer' else '%d') % bob.id
    assert (page.forms[0]['receiver'].value, page.forms[0]['content'].value) == (whom, 'Not lost')


def test_nor_is_it_as_a_command(site, ann, bob, thief, just_before):
    just_before(SEND, lambda: logout.record_others(site.db, ann.id, 'another'))
    answer = thief.post_json({'type': 'send', 'receiver': bob.id, 'content': 'late', 'ref': 'r'}, 401).json
    assert (answer['code'], answer['ref']) == ('no_session', 'r') and site.messages() == [] and is_out(thief)


def test_under_masterapp_sessions_have_no_generation_and_what_waits_is_sent(site, choose, just_before):
    choose(auth_masterapp='welcome', db_uri='sqlite:///%s' % (site.application / 'databases' / 'messenger.sqlite'))
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    just_before(SEND, lambda: logout.record_others(site.db, ann.id, 'another'))
    ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'x'}, 200)
    assert len(site.messages()) == 1


@pytest.mark.parametrize('seconds', [0, 1])
@pytest.mark.parametrize('is_form', [True, False])
def test_who_logs_out_while_a_send_of_theirs_waits_for_long_sends_nothing(site, choose, bob, monkeypatch, just_before, is_form, seconds):
    choose(session_store='db')      # a logout waits for the lock of a file
    monkeypatch.setattr('messenger_core.messages.lasting.LATE_SECONDS', -1.0 if seconds else 3600.0)
    ann = site.log_in('Ann')
    asked = command(bob.id) if not is_form else form_to(ann, bob.id)
    just_before(SEND, logging_out(site, ann, 'db'))
    status, _ = under_way(site, ann, *asked, lambda: None)
    assert (status, len(site.messages())) == (('307' if is_form else '401', 0) if seconds else ('303' if is_form else '200', 1))
    assert is_out(ann)


def test_a_send_that_has_waited_asks_once_for_logouts_and_any_other_never(site, ann, bob, monkeypatch, statements):
    def asked():
        ran = statements(lambda: ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'x'}))
        return len([one for one in ran if "'logout'" in one])
    assert asked() == 0
    monkeypatch.setattr('messenger_core.messages.lasting.LATE_SECONDS', -1.0)
    assert asked() == 1 and len(site.messages()) == 2
