"""Two who want one address, or one user name, at the same moment: one gets it. No index of the database sees to that."""
import contextlib
import time

import pytest
from machine import postgres

from ...conftest import PASSWORD
from ..test_same_answers import ON_ITS_WAY, ask
from .test_at_once import just_before as just_before
from .test_ending import admin as admin
from .test_ending import by_a_query, in_a_form, is_out
from .test_ending import password as password

HASH = 'pydal.validators.simple_hash'
TAKE = 'messenger_core.feed.sequence.take'
TAKEN = 'This email already has an account'


def registering(visitor, **more):
    form = visitor.get('/default/user/register').forms[0]
    fields = dict(first_name='Cai', last_name='Lee', email='cai@example.com', password=PASSWORD, password_two=PASSWORD)
    for name, value in dict(fields, **more).items():
        form[name] = value
    return form


def addresses(site):
    site.db.commit()
    return sorted(email for (email,) in site.db.executesql('SELECT email FROM auth_user'))


def test_of_two_clicks_on_register_one_makes_an_account(site, just_before):
    browser = site.visitor()
    first, second = registering(browser), registering(browser)
    just_before(HASH, lambda: second.submit(status=303))
    answer = browser._checked(first.submit(expect_errors=True), 200)
    assert TAKEN in answer.html.find(id='email__error').text and addresses(site) == ['cai@example.com']
    assert 'Inbox' in browser.get('/messaging/index')


def test_so_it_is_with_a_user_name_and_on_postgresql(site, choose, just_before, postgres_uri):
    choose(auth_username=True, db_uri=postgres_uri)
    browser, other = site.visitor(), site.visitor()
    first, second = registering(browser, username='cai'), registering(other, username='cai', email='other@example.com')
    just_before(HASH, lambda: second.submit(status=303))
    assert browser._checked(first.submit(expect_errors=True), 200).html.find(id='username__error').text == 'Username already taken'
    third = registering(browser, username='dee')
    just_before(HASH, lambda: registering(site.visitor(), username='eve').submit(status=303))
    assert TAKEN in browser._checked(third.submit(expect_errors=True), 200)
    with contextlib.closing(postgres.connect(postgres_uri)) as connection, connection.cursor() as cursor:
        cursor.execute('SELECT username, email FROM auth_user ORDER BY id')
        assert cursor.fetchall() == [('cai', 'other@example.com'), ('eve', 'cai@example.com')]


def test_whoever_hashes_a_password_keeps_nobody_waiting(site, just_before):
    form, other = registering(site.visitor()), site.log_in('Bob')
    just_before(HASH, lambda: other.send(other.id, 'meanwhile'))
    form.submit(status=303)
    assert addresses(site) == ['bob@example.com', 'cai@example.com'] and [row['content'] for row in site.messages()] == ['meanwhile']


def inserting(admin):
    form = admin.get('/appadmin/insert/db/auth_user').forms[0]
    for name, value in dict(first_name='Cai', last_name='Lee', email='cai@example.com', password=PASSWORD).items():
        form[name] = value
    return form


def changing(admin):
    form = admin.get('/appadmin/update/db/auth_user/1').forms[0]
    form['email'] = 'cai@example.com'
    return form


@pytest.mark.parametrize('form', [inserting, changing])
def test_nor_does_an_administrator_give_an_address_that_is_given_at_that_moment(site, admin, just_before, form):
    ann = site.log_in('Ann')
    form = form(admin)
    just_before(TAKE, lambda: site.member('Cai'))
    assert TAKEN in admin._checked(form.submit(expect_errors=True), 409)
    assert addresses(site) == ['ann@example.com', 'cai@example.com'] and not is_out(ann)


def test_nor_one_address_to_several_by_a_query(site, admin):
    ann, _ = site.log_in('Ann'), site.log_in('Bob')
    by_a_query(admin, "email='cai@example.com',registration_key='blocked'", update_check=True)
    assert addresses(site) == ['ann@example.com', 'bob@example.com'] and not is_out(ann)


def test_what_an_administrator_inserts_is_there(site, admin):
    assert inserting(admin).submit(status=200)
    assert addresses(site) == ['cai@example.com']
    assert 'Inbox' in site.visitor().log_in('cai@example.com')
