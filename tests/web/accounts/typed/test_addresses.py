"""Addresses as keyboards, copying and browsers hand them over; and what forms tell those about their fields."""
import pytest
from machine import postgres

from ...conftest import PASSWORD
from ..ending.test_ending import admin as admin
from ..ending.test_ending import in_a_form
from ..ending.test_ending import password as password
from ..test_accounts import register
from ..test_same_answers import wait_for_key

AROUND = [' %s', '%s ', '\u3000%s\u3000', '%s\u00a0', '\t%s\r\n', '\u200b%s\u200b', '\ufeff%s', '\u202a%s\u202c', '\u200e%s']


def addresses(site):
    site.db.commit()
    return [email for (email,) in site.db.executesql('SELECT email FROM auth_user ORDER BY id')]


@pytest.mark.parametrize('around', AROUND)
def test_what_stands_around_an_address_is_no_part_of_it(site, mail_server, around):
    typed = around % 'Ann@Example.com'
    assert register(site.visitor(), email=typed).status_int == 303 and addresses(site) == ['ann@example.com']
    assert 'Inbox' in site.visitor().log_in(typed, 'long enough')
    assert register(site.visitor(), email=typed).html.find(id='email__error'), 'it is taken'
    form = site.visitor().get('/default/user/request_reset_password').forms[0]
    form['email'] = typed
    form.submit(status=303)
    assert wait_for_key(site) and mail_server.mail()['to'] == 'ann@example.com'


def test_nor_in_appadmin(site, admin):
    ann = site.member('Ann')
    in_a_form(admin, ann, email='\u3000anna@example.com\u00a0')
    assert addresses(site) == ['anna@example.com']
    form = admin.get('/appadmin/insert/db/auth_user').forms[0]
    for name, value in dict(first_name='Bob', email=' anna@example.com\u200b', password=PASSWORD).items():
        form[name] = value
    assert 'already' in form.submit(status=200) and addresses(site) == ['anna@example.com']


def test_around_a_user_name_neither(site, choose, postgres_uri):
    choose(db_uri=postgres_uri, auth_username=True)
    assert register(site.visitor(), username='ann\u00a0').status_int == 303
    form = site.visitor().get('/default/user/login').forms[0]
    form['username'], form['password'] = '\u3000ann ', 'long enough'
    assert form.submit(status=303).location.endswith('/messaging/index')
    connection = postgres.connect(postgres_uri)
    with connection.cursor() as cursor:
        cursor.execute('SELECT username FROM auth_user')
        assert cursor.fetchall() == [('ann',)]
    connection.close()


@pytest.mark.parametrize(('typed', 'sent'), [('ann@b\u00fccher.example', 'ann@xn--bcher-kva.example'),
                                             ('ann@stra\u00dfe.example', 'ann@xn--strae-oqa.example'),
                                             ('ann@Bu\u0308cher.example', 'ann@XN--BCHER-KVA.example')])
def test_a_domain_is_the_same_however_a_browser_hands_it_over(site, mail_server, typed, sent):
    """A field of the type email makes it ASCII in some, and leaves it in others."""
    assert register(site.visitor(), email=typed).status_int == 303
    assert 'Inbox' in site.visitor().log_in(sent, 'long enough') and 'Inbox' in site.visitor().log_in(typed, 'long enough')
    form = site.visitor().get('/default/user/request_reset_password').forms[0]
    form['email'] = sent
    form.submit(status=303)
    assert mail_server.mail()['to'] == sent.lower()


@pytest.mark.parametrize('typed', ['ann@xn--bcher-kva.example', 'ANN@B\u00dcCHER.example', 'ann\uff20b\u00fccher\u3002example'])
def test_so_is_one_that_was_stored_in_ascii(site, typed):
    id = site.member('Ann', email='ann@xn--bcher-kva.example')
    ann = site.visitor()
    assert 'Inbox' in ann.log_in(typed, PASSWORD)
    ann.send(typed, 'x')
    assert site.messages()[-1]['receiver'] == id
    assert register(site.visitor(), email=typed).html.find(id='email__error') and len(addresses(site)) == 1


def test_an_input_method_may_write_signs_of_its_own(site):
    assert register(site.visitor(), email='ann\uff20\uff45xample\u3002com').status_int == 303 and addresses(site) == ['ann@example.com']


@pytest.mark.parametrize('odd', [
    'ann@xn--.example', 'ann@xn--\u00fc.example', 'ann@xn--abc-.example', 'ann@xn--99999999999.example', '@', 'x' * 9_000,
    'a@' + '\u0345\u0300\u0316' * 4_000])
def test_a_domain_that_is_none_is_nobodys_ticket(site, odd):
    register(site.visitor(), email=odd)
    site.visitor().get('/default/user/login')


def of(form, name):
    control = form.html.find('input', {'name': name})
    return {key: control.get(key) for key in ('type', 'inputmode', 'autocapitalize', 'autocomplete', 'spellcheck') if control.get(key)}


LITERAL = {'autocapitalize': 'none', 'spellcheck': 'false'}
EMAIL = dict(LITERAL, type='email', inputmode='email')


def test_browsers_are_told_what_a_field_is_for(site, mail_server, ann):
    for action in ('login', 'register', 'request_reset_password'):
        page = site.visitor().get('/default/user/' + action)
        assert of(page, 'email') == dict(EMAIL, autocomplete='username')
        assert page.html.find('form').has_attr('novalidate'), 'web2py takes more addresses than browsers do'
    kinds = {('login', 'password'): 'current-password', ('register', 'password'): 'new-password',
             ('register', 'password_two'): 'new-password'}
    for (action, name), kind in kinds.items():
        assert of(site.visitor().get('/default/user/' + action), name) == {'type': 'password', 'autocomplete': kind}
    page = ann.get('/default/user/change_password')
    assert [of(page, name)['autocomplete'] for name in ('old_password', 'new_password', 'new_password2')] == [
        'current-password', 'new-password', 'new-password']
    assert of(ann.get('/default/account'), 'password')['autocomplete'] == 'current-password'


def test_and_where_members_have_user_names(site, choose, postgres_uri, mail_server):
    choose(db_uri=postgres_uri, auth_username=True)
    for action in ('login', 'register', 'request_reset_password'):
        assert of(site.visitor().get('/default/user/' + action), 'username') == dict(LITERAL, type='text', autocomplete='username')
    assert of(site.visitor().get('/default/user/register'), 'email') == dict(EMAIL, autocomplete='email')


def test_nor_does_a_manager_fill_in_the_administrators_own(site, admin):
    page = admin.get('/appadmin/insert/db/auth_user')
    assert of(page, 'password')['autocomplete'] == 'new-password' and of(page, 'email')['autocomplete'] == 'off'
