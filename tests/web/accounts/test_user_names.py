"""User names: who is reached and who logs in by them, and which can be had."""
import pytest
from messenger_core import settings
from messenger_core.database import connection

from ..conftest import PASSWORD
from ..site import test_appadmin

admin, password = test_appadmin.admin, test_appadmin.password
TAKEN, NUMBER = 'Username already taken', 'A user name cannot be a number, or end in # and a number.'


@pytest.fixture
def site(site, choose, tmp_path):
    """The site with user names, in a database of its own."""
    chosen = dict(auth_username=True, db_uri='sqlite:///%s/named.sqlite' % tmp_path)
    choose(**chosen)
    site.visitor().get('/default/index')
    site.db.close()
    environment = {'MESSENGER_%s' % name.upper(): str(value) for name, value in chosen.items()}
    site.db = connection.connect(settings.load(site.application, environment), str(site.application))
    return site


@pytest.fixture
def called(site):
    """A function that stores members with these user names; returns their ids."""
    def called(*names, **more):
        ids = [site.member('Member', email='m%d@example.com' % (number + more.get('first', 0))) for number, _ in enumerate(names)]
        for id, name in zip(ids, names):
            site.db.executesql('UPDATE auth_user SET username = ?, registration_key = ? WHERE id = ?', [name, more.get('key', ''), id])
        site.db.commit()
        return ids
    return called


def logged_in(site, typed):
    """Return whose account a login opens, or None."""
    visitor = site.visitor()
    form = visitor.get('/default/user/login').forms[0]
    form['username'], form['password'] = typed, PASSWORD
    answer = visitor._checked(form.submit(expect_errors=True), None)
    if answer.status_int != 303:
        assert error_of(answer, 'password') == 'Invalid login'
        return None
    visitor.id = int(visitor.get('/default/user/profile').forms[0]['id'].value)
    return visitor


def filled_in(form, **fields):
    for name, value in fields.items():
        form[name] = value
    return form


def registering(form, username, **more):
    fields = dict(first_name='Cai', last_name='Lee', email='cai@example.com', password=PASSWORD, password_two=PASSWORD)
    return filled_in(form, username=username, **dict(fields, **more))


def error_of(page, name='username'):
    found = page.html.find(id=name + '__error')
    return found and found.text


def test_one_logs_in_by_the_spelling_that_is_stored_else_by_what_looks_the_same(site, called):
    ids = dict(zip(('Karl', 'karl', 'Solo', 'straße'), called('Karl', 'karl', 'Solo', 'straße')))
    typed = {'Karl': 'Karl', 'karl': 'karl', 'KARL': None, ' ＳＯＬＯ ': 'Solo', 'STRASSE': 'straße', 'nobody': None}
    found = {one: logged_in(site, one) for one in typed}
    assert {one: visitor and visitor.id for one, visitor in found.items()} == {one: ids.get(name) for one, name in typed.items()}


def test_a_letter_goes_to_who_is_called_so_on_every_road(site, called):
    _, other, seven, spaced = called('me', 'other', '2', 'Team #1 #2')
    ann = logged_in(site, 'me')
    for typed, meant in (('2', seven), ('#2', other), ('Bob@Work #2', other), ('Team #3 #2', other), ('Team #1 #2', spaced), ('4', spaced),
                         ('TEAM #1 #2', spaced), ('OTHER', other)):
        ann.send(typed, 'x')
        assert site.messages()[-1]['receiver'] == meant, typed
        found = ann.post('/messaging/chat', dict(receiver=typed), 303)
        assert found.location.endswith('/chat/%d' % meant), typed
    for typed, meant in (('2', seven), ('#2', other), ('Team #1 #2', spaced), ('4', spaced), ('OTHER', other), (2, other)):
        ann.post_json({'type': 'send', 'receiver': typed, 'content': 'x'})
        assert site.messages()[-1]['receiver'] == meant, typed
    ann.post_json({'receiver': '2', 'content': 'as the tutorial has it'})
    assert site.messages()[-1]['receiver'] == other
    assert ann.send('#99', 'x').html.find(id='receiver-error') and ann.send('Member #99', 'x').html.find(id='receiver-error')


def test_a_letter_to_who_is_shut_out_reaches_no_stranger(site, called):
    called('me', 'other')
    called('2', key='blocked', first=2)
    ann = logged_in(site, 'me')
    assert ann.send('2', 'x').html.find(id='receiver-error')
    assert ann.post_json({'type': 'send', 'receiver': '2', 'content': 'x'}, 404).json['code'] == 'no_such_user'
    assert site.messages() == []


def test_our_own_pages_say_whom_they_mean_by_number(site, called):
    me, other, _ = called('me', 'other', '2')
    ann, bob = logged_in(site, 'me'), logged_in(site, 'other')
    form = next(form for form in ann.get('/messaging/chat/2').forms.values() if 'content' in form.fields)
    assert form['receiver'].value == '#2'
    filled_in(form, content='by its page', receiver='2').submit(status=303)     # as a page from before has it
    assert site.messages()[-1]['receiver'] == other
    called_one = site.messages()[-1]
    page = bob.get('/messaging/index')
    letter, answers = page.html.find(class_='letter'), page.forms['answers']
    key = letter.find('button', attrs={'name': 'answer'})['value']
    fields = dict(answers.submit_fields(), answer=key, **{'content-%d' % called_one['id']: 'answered'})
    bob.post('/messaging/send_message', fields, 303)
    assert (site.messages()[-1]['receiver'], site.messages()[-1]['content']) == (me, 'answered')
    refused = bob.post('/messaging/send_message', dict(fields, **{'content-%d' % called_one['id']: ' '}), 200)
    assert refused.forms[0]['receiver'].value == '#1'


def test_a_new_name_is_no_number_and_looks_like_nobody_elses(site, called, admin):
    _, own = called('Karl', 'own')
    page, refused = site.visitor().get('/default/user/register'), {
        '20231234': NUMBER, '３': NUMBER, '٣': NUMBER, ' 7 ': NUMBER, 'KARL': TAKEN, 'ｋarl': TAKEN, ' Karl ': TAKEN,
        '#3': 'Invalid username', 'cai #3': 'Invalid username'}
    for username, sentence in refused.items():
        page = registering(page.forms[0], username).submit(status=200)
        assert error_of(page) == sentence, username
    inserting = filled_in(admin.get('/appadmin/insert/db/auth_user').forms[0], first_name='Cai', last_name='Lee', email='cai@example.com',
                          password=PASSWORD)
    updating, editing = admin.get('/appadmin/update/db/auth_user/%d' % own), logged_in(site, 'own').get('/default/user/profile')
    for form, username in ((inserting, '７'), (updating.forms[0], 'KARL'), (editing.forms[0], 'KARL')):
        assert error_of(filled_in(form, username=username).submit(status=200)) == refused.get(username, NUMBER)
    assert names(site) == ['Karl', 'own']


def names(site, column='username'):
    site.db.commit()
    return [name for (name,) in site.db.executesql('SELECT %s FROM auth_user ORDER BY id' % column)]


def test_blanks_around_a_new_name_are_not_part_of_it(site):
    registering(site.visitor().get('/default/user/register').forms[0], ' cai ').submit(status=303)
    assert names(site) == ['cai']


def test_a_letter_of_two_characters_is_the_same_in_one(site):
    registering(site.visitor().get('/default/user/register').forms[0], 'zoe\u0301').submit(status=303)
    assert names(site) == ['zoé'] and logged_in(site, 'zoe\u0301')


def test_nor_is_a_new_address_somebodys_name(site, called):
    called('cai@example.com', 'own')
    page = registering(site.visitor().get('/default/user/register').forms[0], 'cai').submit(status=200)
    assert error_of(page, 'email') == 'This email already has an account'
    assert names(site) == ['cai@example.com', 'own']


def test_what_somebody_has_stays_theirs_though_nobody_could_have_it_now(site, called):
    for name in ('Karl', 'karl', '20231234'):
        called(name, first=len(names(site)))
    for name in ('karl', '20231234'):
        member = logged_in(site, name)
        form = filled_in(member.get('/default/user/profile').forms[0], first_name='Mended')
        assert form.submit(status=303)
    assert names(site) == ['Karl', 'karl', '20231234'] and names(site, 'first_name') == ['Member', 'Mended', 'Mended']
    assert error_of(filled_in(logged_in(site, 'karl').get('/default/user/profile').forms[0], username='KARL').submit(status=200)) == TAKEN
    called('solo', first=3)
    filled_in(logged_in(site, 'solo').get('/default/user/profile').forms[0], username='Solo').submit(status=303)
    assert names(site)[-1] == 'Solo'


def test_nor_is_a_name_given_by_a_query(site, called, admin):
    called('Karl', 'own')
    for name in ('KARL', 'own #7', '3\u200b4', 'ka\u200brl', 'M0@example.com'):
        form = admin.get('/appadmin/select/db?query=db.auth_user.id==2').forms[0]
        filled_in(form, update_check=True, update_fields='username=%r' % name).submit()
    assert names(site) == ['Karl', 'own']


def test_two_addresses_that_differ_in_case_alone_are_one(site, called):
    called('own')
    site.db.executesql("UPDATE auth_user SET email = 'Own@Example.com'")
    site.db.commit()
    form = site.visitor().get('/default/user/register').forms[0]
    page = registering(form, 'cai', email='own@example.com').submit(status=200)
    assert error_of(page, 'email') == 'This email already has an account' and names(site) == ['own']


def test_an_address_of_before_logs_in_however_its_owner_spells_it(site, choose):
    choose(auth_username=False)
    id = site.member('Own', email='Own@Example.com')
    for typed in ('Own@Example.com', 'OWN@example.com'):
        visitor = site.visitor()
        visitor.submit_login(typed)
        assert int(visitor.get('/default/user/profile').forms[0]['id'].value) == id
