"""Passwords: the same however a keyboard spells their letters."""
import pytest

from ..ending.test_ending import admin as admin
from ..ending.test_ending import in_a_form
from ..ending.test_ending import password as password
from ..test_accounts import register
from ..test_same_answers import STATES, ask
from ..test_same_answers import iterations as iterations

COMPOSED, TWO = 'gro\u00dfe t\u00fcren \u00e9', 'gro\u00dfe tu\u0308ren e\u0301'
SPELLINGS = [(COMPOSED, TWO), (TWO, COMPOSED)]


@pytest.fixture
def as_typed(site, passwords):
    """The address of a member whose password was stored as it was typed, in two characters for one."""
    from pydal.validators import CRYPT
    site.password = str(CRYPT(digest_alg='pbkdf2(1000,20,sha512)')(TWO)[0])
    site.member('Ann')
    return 'ann@example.com'


def gets_in(site, password, email='ann@example.com'):
    return 'Inbox' in site.visitor().log_in(email, password)


@pytest.mark.parametrize(('first', 'then'), SPELLINGS)
def test_whoever_registers_with_one_spelling_gets_in_with_the_other(site, first, then):
    register(site.visitor(), password=first, password_two=first)
    assert gets_in(site, first) and gets_in(site, then)


@pytest.mark.parametrize(('first', 'then'), SPELLINGS)
def test_so_it_is_with_one_that_is_changed(site, first, then):
    visitor = site.visitor()
    visitor.follow(register(visitor, password=first, password_two=first))
    form = visitor.get('/default/user/change_password').forms[0]
    form['old_password'], form['new_password'], form['new_password2'] = then, 'x' + first, 'x' + first
    form.submit(status=303)
    assert gets_in(site, 'x' + then) and gets_in(site, 'x' + first)


def test_so_it_is_with_one_that_an_administrator_sets(site, admin):
    ann = site.member('Ann')
    in_a_form(admin, ann, password=TWO)
    assert gets_in(site, COMPOSED) and gets_in(site, TWO)


def test_the_hash_of_another_spelling_from_before_still_fits(site, as_typed):
    before = site.db.executesql('SELECT password FROM auth_user')
    assert gets_in(site, TWO)
    site.db.commit()
    assert site.db.executesql('SELECT password FROM auth_user') == before
    visitor = site.visitor()
    visitor.log_in(as_typed, TWO)
    form = visitor.get('/default/user/change_password').forms[0]
    form['old_password'], form['new_password'], form['new_password2'] = TWO, COMPOSED, COMPOSED
    form.submit(status=303)
    assert gets_in(site, COMPOSED)
    form = next(form for form in visitor.get('/default/account').forms.values() if 'password' in form.fields)
    form['password'] = TWO
    assert form.submit(status=303).location.endswith('/default/index')


def test_so_it_does_where_an_account_is_deleted(site, as_typed):
    visitor = site.visitor()
    visitor.log_in(as_typed, TWO)
    form = next(form for form in visitor.get('/default/account').forms.values() if 'password' in form.fields)
    form['password'] = TWO
    assert form.submit(status=303).location.endswith('/default/index')
    site.db.commit()
    assert site.db(site.db.auth_user).count() == 0


@pytest.mark.parametrize('state', STATES)
@pytest.mark.parametrize(('typed', 'hashes'), [(COMPOSED, 1), (TWO, 2)])
def test_the_work_depends_on_what_is_typed_alone(site, iterations, state, typed, hashes):
    if STATES[state] is not None:
        site.member('Ann', registration_key=STATES[state])
    assert ask(site, 'login', email='ann@example.com', password=typed)[2] == 'Invalid login'
    assert sum(iterations) == 210_000 * hashes


def test_one_is_as_long_as_it_looks(site):
    short = 'e\u0301' * 7
    page = register(site.visitor(), password=short, password_two=short)
    assert 'Too short' in page.html.find(id='password__error').text
