"""Names: one is enough, and none is without anything to see."""
import pytest
from messenger_core.members import directory

from ...conftest import PASSWORD
from ..ending.test_ending import admin as admin
from ..ending.test_ending import password as password
from ..test_accounts import register

INVISIBLE = ['\u3164', '\u200b', '\u00ad', '\u115f\u1160', '\u2800', '\ufe0f', '\u3000\u3164 ', '\u2060']


def names(site):
    site.db.commit()
    return site.db.executesql('SELECT first_name, last_name FROM auth_user ORDER BY id')


@pytest.mark.parametrize('name', INVISIBLE)
@pytest.mark.parametrize('field', ['first_name', 'last_name'])
def test_one_that_nobody_can_see_is_refused_on_every_road(site, admin, field, name):
    assert register(site.visitor(), **{field: name}).html.find(id=field + '__error') and names(site) == []
    ann = site.log_in('Ann')
    for browser, address in ((ann, '/default/user/profile'), (admin, '/appadmin/update/db/auth_user/%d' % ann.id),
                             (admin, '/appadmin/insert/db/auth_user')):
        form = browser.get(address).forms[0]
        form[field] = name
        if 'insert' in address:
            form['email'], form['password'] = 'bob@example.com', PASSWORD
        assert browser._checked(form.submit(expect_errors=True), 200).html.find(id=field + '__error') or 'insert' in address
        assert names(site) == [('Ann', 'Lee')]


@pytest.mark.parametrize(('first', 'last', 'shown'), [('Ann', '', 'Ann'), ('', 'Lee', 'Lee'), (' Ann\u3000', '\u00a0', 'Ann')])
def test_one_name_is_enough(site, first, last, shown):
    visitor = site.visitor()
    assert 'Inbox' in visitor.follow(register(visitor, first_name=first, last_name=last))
    assert names(site) == [(first.strip(), last.strip())] and directory.names(site.db, [1]) == {1: shown}
    form = visitor.get('/default/user/profile').forms[0]
    form['first_name'], form['last_name'] = last, first
    assert visitor._checked(form.submit(expect_errors=True), 303)


@pytest.mark.parametrize('blank', ['', ' ', '\u3000'])
def test_none_at_all_is_not(site, blank):
    page = register(site.visitor(), first_name=blank, last_name=blank)
    assert 'One of the two names is needed' in page.html.find(id='first_name__error').text and names(site) == []


@pytest.mark.parametrize('name', INVISIBLE)
def test_whoever_has_such_a_name_from_elsewhere_is_seen_by_their_number(site, ann, name):
    other, half = site.member(name, name, 'x@example.com'), site.member(name, 'Bee', 'y@example.com')
    assert directory.names(site.db, [other, half]) == {other: '#%d' % other, half: 'Bee'}
