"""Another address: confirmed by a link to it, told to the one before, and nothing that a glance or somebody at the screen can do."""
import re

import pytest

from ...conftest import PASSWORD
from ..ending.test_at_once import just_before as just_before
from ..ending.test_at_once import others
from ..ending.test_ending import admin as admin
from ..ending.test_ending import change, in_a_form, is_out
from ..ending.test_ending import password as password

OLD, NEW = 'ann@example.com', 'anna@elsewhere.example'
GONE = 'This link is no longer valid'


def address(site, id=1):
    site.db.commit()
    return site.db.executesql('SELECT email FROM auth_user WHERE id = ?', (id,))[0][0]


def ask(ann, email=NEW, password=PASSWORD):
    form = ann.get('/default/address').forms[0]
    form['email'], form['password'] = email, password
    return ann._checked(form.submit(expect_errors=True), None)


@pytest.fixture
def sent(site, ann, monkeypatch):
    """The mails that a site sends, as (to, text)."""
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'mail.example:25')
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://127.0.0.1:8000')
    monkeypatch.setenv('MESSENGER_SMTP_AGAIN_SECONDS', '0')
    from messenger_web.accounts import mails
    sent = []
    monkeypatch.setattr(mails, 'send', lambda smtp, to, subject, text: sent.append((to, text)))
    monkeypatch.setattr(mails.post, 'put', lambda job, limit: job() or True)
    return sent


def link_in(sent):
    return re.search(r'http://127.0.0.1:8000(/messenger/default/address\?key=[0-9a-f-]+)', sent[-1][1])[1]


def test_it_changes_when_the_button_behind_the_link_is_pressed_and_the_old_one_is_told(site, ann, sent):
    assert 'on its way' in ann.follow(ask(ann, ' Anna@Elsewhere.example\u00a0')) and address(site) == OLD
    assert [to for to, _ in sent] == [NEW]
    page = ann.get(link_in(sent))
    ann.app.head(link_in(sent))
    assert NEW in page and address(site) == OLD, 'to look at it changes nothing'
    assert 'Your address has been changed.' in ann.follow(page.forms[0].submit())
    assert address(site) == NEW and [to for to, _ in sent] == [NEW, OLD] and NEW not in sent[1][1]
    assert not is_out(ann) and 'Inbox' in site.visitor().log_in(NEW)
    assert GONE in ann.follow(ann.get(link_in(sent[:1]), 303)), 'once'


def test_it_is_asked_for_with_the_password(site, ann, sent):
    assert ask(ann, password='wrong').html.find(id='password__error') and sent == [] and address(site) == OLD


def test_the_link_is_good_on_another_device_for_its_member_and_nobody_else(site, ann, bob, sent):
    ask(ann)
    phone = site.visitor()
    page = phone.follow(phone.get(link_in(sent), 303))
    page.forms[0]['email'], page.forms[0]['password'] = OLD, PASSWORD
    page = phone.follow(page.forms[0].submit())
    assert GONE in bob.follow(bob.get(link_in(sent), 303))
    page.forms[0].submit(status=303)
    assert address(site) == NEW and address(site, bob.id) == 'bob@example.com'


@pytest.mark.parametrize('happens', [
    lambda ann, admin: change(ann),
    lambda ann, admin: others(ann).submit(status=303),
    lambda ann, admin: ask(ann, 'third@example.com'),
    lambda ann, admin: in_a_form(admin, ann.id, email='third@example.com'),
    lambda ann, admin: (in_a_form(admin, ann.id, registration_key='blocked'), in_a_form(admin, ann.id, registration_key='')),
], ids=['password', 'elsewhere', 'another', 'address', 'blocked for a time'])
def test_it_is_taken_back_by_what_takes_back_a_link_to_a_new_password(site, ann, admin, sent, happens):
    ask(ann)
    link, page = link_in(sent), ann.get(link_in(sent))
    happens(ann, admin)
    ann._checked(page.forms[0].submit(expect_errors=True), None)
    if is_out(ann):
        ann.log_in(address(site))
    assert GONE in ann.follow(ann.get(link, 303)) and address(site) in (OLD, 'third@example.com')


def test_so_it_is_by_time(site, ann, sent, monkeypatch):
    ask(ann)
    from messenger_web.accounts import addresses
    monkeypatch.setattr(addresses, 'SECONDS', -1)
    assert GONE in ann.follow(ann.get(link_in(sent), 303))


def test_whoever_asks_again_within_a_minute_has_the_link_that_has_gone_out(site, ann, sent, monkeypatch):
    monkeypatch.setenv('MESSENGER_SMTP_AGAIN_SECONDS', '60')
    ask(ann)
    ask(ann)
    assert len(sent) == 1 and ann.get(link_in(sent)).forms[0].submit(status=303) and address(site) == NEW


def test_it_opens_no_new_password(site, ann, sent):
    ask(ann)
    key = link_in(sent).rpartition('=')[2]
    stored = site.db.executesql('SELECT reset_password_key FROM auth_user')[0][0]
    for one in (key, stored):
        visitor = site.visitor()
        assert GONE in visitor.follow(visitor.get('/default/user/reset_password?key=' + one, 303))


def test_of_an_address_that_is_somebody_elses_nothing_is_told(site, ann, sent):
    site.member('Bob', email='Bob@Example.com')
    assert 'on its way' in ann.follow(ask(ann, 'bob@example.com')) and sent == []


def test_nor_does_it_become_two_members_address_at_the_same_moment(site, ann, sent, just_before):
    ask(ann)
    page = ann.get(link_in(sent))
    just_before('messenger_core.feed.sequence.take', lambda: site.member('Anna', email=NEW))
    assert 'already has an account' in ann._checked(page.forms[0].submit(expect_errors=True), 409) and address(site) == OLD
    assert len(sent) == 1


def test_without_mail_it_changes_at_once_and_the_page_says_so(site, ann, bob):
    assert 'sends no mails' in ann.get('/default/account').click('Change the address')
    assert ask(ann, 'bob@example.com').html.find(id='email__error') and ask(ann, password='x').html.find(id='password__error')
    assert 'Your address has been changed.' in ann.follow(ask(ann)) and address(site) == NEW


@pytest.mark.parametrize('key', ['x', 'x\0', '%00', '-' * 5_000, '0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c'])
def test_a_key_that_is_none_opens_nothing(site, ann, sent, key):
    ask(ann)
    assert GONE in ann.follow(ann.get('/default/address', 303, params={'key': key}))
    assert site.visitor().get('/default/address', 303, params={'key': key})


def test_where_members_are_another_applications_it_is_not_there(site, choose):
    site.member('Ann')
    choose(auth_masterapp='welcome', db_uri='sqlite:///%s' % (site.application / 'databases' / 'messenger.sqlite'))
    ann = site.visitor()
    ann.log_in(OLD)
    assert not is_out(ann) and ann.get('/default/address', 404) and 'Change the address' not in ann.get('/default/account')
