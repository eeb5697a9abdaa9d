"""The account page: receipts, the member's other sessions, and leaving for good."""
import pytest
from messenger_core.ends.logout import session_hash
from messenger_core.errors import Refused
from messenger_core.members import directory, preferences
from messenger_core.messages import sending

PASSWORD = 'a long enough password'


def form(browser, name):
    return next(one for one in browser.get('/default/account').forms.values() if one.fields.get('_formname')[0].value == name)


def choose(browser, gives_receipts):
    chosen = form(browser, 'receipts')
    chosen['gives_receipts'] = gives_receipts
    return browser.follow(browser._checked(chosen.submit(), 303))


@pytest.mark.parametrize('key', [None, '', 'forged', 'used'])
@pytest.mark.parametrize('name', ['receipts', 'others', 'leave'])
def test_h7_a_form_without_its_key_changes_nothing(site, ann, name, key):
    fields = {'_formname': name, 'password': PASSWORD}
    if key == 'used':
        chosen = form(ann, 'receipts')
        key = chosen['_formkey'].value
        chosen['gives_receipts'] = True
        chosen.submit()
    if key is not None:
        fields['_formkey'] = key

    def state():
        site.db.commit()
        return [site.db.executesql('SELECT * FROM ' + table) for table in ('messenger_preference', 'messenger_event', 'auth_user')]
    before = state()
    assert ann.post('/default/account', fields).status_int == 200
    assert state() == before


def test_receipts_are_given_until_they_are_switched_off(site, ann):
    assert form(ann, 'receipts')['gives_receipts'].checked
    for choice in (False, True):
        assert 'Saved.' in choose(ann, choice)
        assert preferences.of(site.db, ann.id).gives_receipts is choice
        assert form(ann, 'receipts')['gives_receipts'].checked is choice
        site.db.commit()


def test_presence_is_shown_until_it_is_switched_off_and_receipts_stay_as_they_are(site, ann):
    choose(ann, False)
    for choice in (False, True):
        chosen = form(ann, 'receipts')
        assert chosen['shows_presence'].checked is not choice
        chosen['shows_presence'] = choice
        assert 'Saved.' in ann.follow(ann._checked(chosen.submit(), 303))
        assert preferences.of(site.db, ann.id) == preferences.Preferences(gives_receipts=False, shows_presence=choice)
        assert directory.standing(site.db, ann.id).shows_presence is choice
        site.db.commit()


def test_the_others_do_not_learn_what_is_read_without_receipts(site, ann, bob):
    sending.send(site.db, sending.Draft(bob.id, 'hello', ann.id))
    choose(ann, False)
    ann.get('/messaging/chat/%d' % bob.id)
    row, = bob.get('/messaging/conversations.json').json['conversations']
    assert (row['their_read_number'], row['their_delivered_number']) == (0, 1)
    assert not [event for event in bob.get('/messaging/updates.json?since=0').json['events'] if event['type'] == 'read']
    assert 'Delivered' in bob.get('/messaging/chat/%d' % ann.id) and 'Seen' not in bob.get('/messaging/chat/%d' % ann.id).html.ol.text
    assert ann.get('/messaging/conversations.json').json['conversations'][0]['unread'] == 0


def test_logging_out_elsewhere_ends_every_session_but_this_one(site, ann):
    phone, tablet = site.visitor(), site.visitor()
    for device in (phone, tablet):
        device.log_in('ann@example.com')
    page = ann.follow(form(ann, 'others').submit(status=303))
    assert 'Everywhere else you are logged out now.' in page
    for device in (phone, tablet):
        assert device.get('/messaging/updates.json?since=0', status=401).json['code'] == 'no_session'
        assert 'You have been logged out: from another session' in device.follow(device.get('/messaging/index', status=303))
        assert device.get('/messaging/index', status=303)
    assert ann.get('/messaging/index') and ann.get('/messaging/updates.json?since=0')
    assert site.db.executesql('SELECT kind, user_id, detail FROM messenger_event') == [
        ('logout_others', ann.id, session_hash(ann.cookie()))]
    phone.log_in('ann@example.com')
    assert phone.get('/messaging/index') and ann.get('/messaging/index')


def test_a_login_that_went_nowhere_else_is_ended_by_logging_out_elsewhere(site, ann):
    """A cookie that was only fetched, with no page after it, is an earlier session too."""
    quiet = site.visitor()
    quiet.submit_login('ann@example.com')
    ann.follow(form(ann, 'others').submit(status=303))
    assert quiet.get('/messaging/updates.json?since=0', status=401).json['code'] == 'no_session'
    late = site.visitor()
    late.submit_login('ann@example.com')
    assert late.get('/messaging/updates.json?since=0').json['events'] is not None


def test_an_account_is_deleted_with_its_password_only(site, ann):
    for typed in ('', 'wrong', 'wrong but long enough'):
        leave = form(ann, 'leave')
        leave['password'] = typed
        assert leave.submit(status=200).html.find(id='password__error').text
    assert ann.get('/messaging/index')
    assert site.db(site.db.auth_user).count() == 1


@pytest.mark.parametrize('has_written', [True, False])
def test_whoever_leaves_is_gone_and_the_others_keep_their_letters(site, ann, bob, has_written):
    phone = site.visitor()
    phone.log_in('ann@example.com')
    if has_written:
        sending.send(site.db, sending.Draft(ann.id, 'hello', bob.id))
    leave = form(ann, 'leave')
    leave['password'] = PASSWORD
    assert 'Your account has been deleted.' in ann.follow(leave.submit(status=303))
    for device in (ann, phone):
        assert device.get('/messaging/index', status=303)
    assert 'Invalid login' in site.visitor().log_in('ann@example.com')
    row = site.db(site.db.auth_user.id == ann.id).select().first()
    assert (row and row.registration_key) == ('deleted' if has_written else None)
    assert ('hello' in bob.get('/messaging/index')) is has_written and 'Ann' not in bob.get('/messaging/index')


@pytest.mark.parametrize('name', ['receipts', 'others', 'leave'])
def test_a_form_from_elsewhere_changes_nothing(site, ann, name):
    ann.post('/default/account', {'_formname': name, '_formkey': 'guessed', 'password': PASSWORD}, status=200)
    assert preferences.of(site.db, ann.id).gives_receipts and directory.standing(site.db, ann.id).session_generation == 0
    assert site.db(site.db.auth_user).count() == 1


def test_when_the_database_is_busy_it_is_said(site, ann, monkeypatch):
    def busy(*_):
        raise Refused('busy')
    chosen = form(ann, 'receipts')
    monkeypatch.setattr(preferences, 'keep', busy)
    assert 'could not be stored' in ann._checked(chosen.submit(), 200).html.find(class_='flash').text
