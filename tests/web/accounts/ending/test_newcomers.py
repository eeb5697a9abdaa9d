"""Two who want one address, or one user name, at the same moment: one gets it. No index of the database sees to that."""
import contextlib

import pytest
from machine import postgres

from ...conftest import PASSWORD
from .test_at_once import just_before as just_before
from .test_ending import NEW, by_a_query, change, is_out
from .test_ending import admin as admin
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


# -- two who have one address from before --

def gets_in(site, password=PASSWORD):
    """Return whose account a login opens, or None."""
    visitor = site.visitor()
    visitor.log_in('ann@example.com', password)
    return None if is_out(visitor) else int(visitor.get('/default/user/profile').forms[0]['id'].value)


@pytest.mark.parametrize(('state', 'other', 'opened'), [
    ('', '', 0), ('', 'blocked', None), ('blocked', '', None), ('', 'spam', None), ('disabled', 'pending', None),
    ('pending', 'pending', None), ('', 'pending', 0), ('pending', '', 1), ('0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c', '', 1),
    ('', 'pending-0c5a8a2b-a7a4-4a5a-9cf3-0e7a7c58ca9c', 0)])
def test_of_two_with_one_address_the_older_is_meant_and_a_block_is_of_both(site, state, other, opened):
    ids = site.member('Ann', registration_key=state), site.member('Ann', registration_key=other)
    assert gets_in(site) == (None if opened is None else ids[opened])


def test_nor_does_the_other_open_with_the_password_of_before(site, choose, postgres_uri, passwords):
    choose(db_uri=postgres_uri)
    browser = site.visitor()
    registering(browser, email='ann@example.com').submit(status=303)
    with contextlib.closing(postgres.connect(postgres_uri)) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_user (first_name, last_name, email, password, registration_key) "
                       "VALUES ('Ann', 'Lee', 'ann@example.com', %s, '')", (passwords,))
        connection.commit()
        change(browser)     # PostgreSQL finds what has changed behind the others
        assert (gets_in(site), gets_in(site, NEW)) == (None, 1)
        cursor.execute("UPDATE auth_user SET registration_key = 'blocked' WHERE id = 2")
        connection.commit()
    assert gets_in(site, NEW) is None
