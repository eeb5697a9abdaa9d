"""A link to a new password lies in a mailbox: it is good once, and for nobody to whom the account has been taken from."""
import time
import uuid

import pytest

from .test_at_once import END, THIEFS, others
from .test_at_once import just_before as just_before
from .test_ending import NEW, by_a_query, change, in_a_form, is_out
from .test_ending import admin as admin
from .test_ending import password as password

GONE = 'Invalid reset password'


@pytest.fixture
def ann(site, monkeypatch):
    monkeypatch.setenv('MESSENGER_SMTP_SERVER', 'logging')
    monkeypatch.setenv('MESSENGER_HOST_URL', 'http://127.0.0.1:8000')
    return site.log_in('Ann')


@pytest.fixture
def link(site, ann):
    """The address of such a page, as the mail has it."""
    key = '%d-%s' % (time.time(), uuid.uuid4())
    site.db.executesql('UPDATE auth_user SET reset_password_key = ? WHERE id = ?', (key, ann.id))
    site.db.commit()
    return '/default/user/reset_password?key=' + key


def filled_in(visitor, link):
    form = visitor.get(link).forms[0]
    form['new_password'] = form['new_password2'] = THIEFS
    return form


@pytest.mark.parametrize('happens', [
    lambda ann, admin: change(ann),
    lambda ann, admin: others(ann).submit(status=303),
    lambda ann, admin: in_a_form(admin, ann.id, password=NEW),
    lambda ann, admin: in_a_form(admin, ann.id, email='ann@elsewhere.example'),
    lambda ann, admin: (in_a_form(admin, ann.id, registration_key='blocked'), in_a_form(admin, ann.id, registration_key='')),
    lambda ann, admin: by_a_query(admin, "email='ann@elsewhere.example'", update_check=True),
], ids=['password', 'elsewhere', 'password set', 'address set', 'blocked for a time', 'address by a query'])
def test_it_is_taken_back_when_something_happens_to_the_account(site, ann, admin, link, happens):
    visitor = site.visitor()
    form = filled_in(visitor, link)     # opened before, as well
    happens(ann, admin)
    for answer in (form.submit(status=303), site.visitor().get(link, 303)):
        assert GONE in visitor.follow(answer)
    assert is_out(visitor)


@pytest.mark.parametrize('fields', [{'first_name': 'Anna'}, {}])
def test_it_is_good_whatever_else_happens(site, ann, admin, link, fields):
    in_a_form(admin, ann.id, **fields)
    filled_in(site.visitor(), link).submit(status=303)
    assert 'Inbox' in site.visitor().log_in('ann@example.com', THIEFS)


def test_when_it_is_taken_back_at_the_same_moment_it_sets_nothing(site, ann, link, just_before):
    visitor = site.visitor()
    form = filled_in(visitor, link)
    just_before(END, lambda: change(ann))
    assert 'Invalid reset password' in form.submit(status=403)
    assert not is_out(ann) and is_out(visitor) and 'Inbox' in site.visitor().log_in('ann@example.com', NEW)


def test_of_two_who_use_it_at_the_same_moment_one_sets_a_password(site, ann, link, just_before):
    first, second = site.visitor(), site.visitor()
    form, other = filled_in(first, link), filled_in(second, link)
    other['new_password'] = other['new_password2'] = NEW
    just_before(END, lambda: other.submit(status=303))
    assert form.submit(status=403)
    assert is_out(ann) and 'Inbox' in site.visitor().log_in('ann@example.com', NEW)
