"""appadmin: for whoever knows web2py's administrator password, and nobody else."""
import csv
import io
import shutil

import pytest
import webtest
from messenger_core.adoption import adoption
from messenger_core.feed import seal
from messenger_core.members import directory
from messenger_core.messages import reading, sending

ADMINISTRATOR = 'the administrator'
TABLES = ('auth_user', 'auth_event', 'conversation', 'participant', 'message', 'event', 'feed', 'member', 'aside', 'reaction', 'hidden')


@pytest.fixture
def password(folder, gluon):
    """What web2py was started with."""
    from pydal.validators import CRYPT
    file = folder / 'parameters_8000.py'
    file.write_text('password="%s"\n' % CRYPT()(ADMINISTRATOR)[0])
    yield ADMINISTRATOR
    file.unlink()
    (folder / 'applications' / 'admin' / 'private' / 'hosts.deny').unlink(missing_ok=True)


@pytest.fixture
def admin(site, password):
    """A browser in which the administrator has logged in through our own page."""
    browser = site.visitor()
    enter(browser, password).follow()
    return browser


def enter(browser, password):
    browser.app.lint = False    # web2py's admin application is not all that WSGI asks for
    form = browser.get('/default/administrator').forms[0]
    form['password'] = password
    return form.submit(expect_errors=True)


def insert(admin, table, **fields):
    form = admin.get('/appadmin/insert/db/' + table).forms[0]
    for name, value in fields.items():
        form[name] = value
    return admin._checked(form.submit(expect_errors=True), 200)


def test_it_sends_a_stranger_to_the_page_that_asks_for_the_password(site):
    for path in ('/appadmin', '/appadmin/index', '/appadmin/select/db?query=db.message.id>0', '/appadmin/insert/db/message'):
        assert site.visitor().get(path, 303).location.endswith('/default/administrator')


def test_a_member_is_no_administrator(site):
    assert site.log_in('Ann').get('/appadmin/index', 303)


def test_a_wrong_password_opens_nothing_and_the_page_says_what_it_looks_like(site, password, monkeypatch):
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    browser = site.visitor()
    assert enter(browser, 'wrong').status_int != 303
    assert 'invalid view' in browser.get('/default/administrator')
    assert browser.get('/appadmin/index', 303)


def test_the_password_opens_it(site, password):
    browser = site.visitor()
    answer = enter(browser, password)
    assert answer.location.endswith('/messenger/appadmin/index')
    page = browser.get('/appadmin/index')
    for table in TABLES:
        assert 'db.%s' % table in page


def test_from_elsewhere_it_is_closed_even_with_the_password(site, password):
    browser = site.visitor(REMOTE_ADDR='203.0.113.9')
    assert 'only over https' in browser.get('/default/administrator')
    assert browser.get('/appadmin/index', 303)


@pytest.mark.parametrize('table', TABLES)
def test_every_table_can_be_read_and_taken_as_csv(site, admin, table):
    ann, bob = site.member('Ann'), site.member('Bob')
    sending.send(site.db, sending.Draft(ann, '<b>x</b>', bob))
    page = admin.get('/appadmin/index').click('db.%s$' % table)
    assert 'rows' in page
    assert not page.html.find('b')
    assert admin.get('/appadmin/csv/db?query=db.%s.id>0' % table).content_type.startswith('text/csv')


def test_rows_can_be_found_by_a_query(site, admin):
    site.member('Ann')
    site.member('Bob')
    form = admin.get('/appadmin/select/db?query=db.auth_user.id>0').forms[0]
    form['query'] = "db.auth_user.first_name=='Bob'"
    page = form.submit()
    assert 'Bob' in page
    assert 'Ann' not in page
    form['query'] = 'nonsense('
    assert 'Invalid Query' in form.submit()


def test_a_row_with_the_tutorials_five_fields_is_stored_as_it_is_and_becomes_a_message(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    for content in ('one', 'two'):
        page = insert(admin, 'message', sender=str(ann), receiver=str(bob), content=content, timestamp='2026-01-01 10:00:00')
        assert 'new record inserted' in page
    for row in site.db.executesql('SELECT conversation, number, seq, ref, is_read FROM message'):
        assert row == (None, None, None, None, 'F')
    site.db.commit()
    assert adoption.adopt(site.db) == 2
    assert [(row['content'], row['number'], row['ref']) for row in site.messages()] == [('one', 1, None), ('two', 2, None)]


def test_a_place_in_the_feed_that_is_typed_in_there_stops_nobody(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    for seq in ('1', '999999'):
        insert(admin, 'message', sender=str(ann), receiver=str(bob), content='typed', seq=seq)
    assert sending.send(site.db, sending.Draft(bob, 'sent', ann)).message.seq == 1
    assert adoption.adopt(site.db) == 2
    assert [(row['content'], row['number']) for row in site.messages()] == [('typed', 2), ('typed', 3), ('sent', 1)]


def test_what_is_inserted_there_is_in_the_inbox(site, admin):
    ann, bob = site.member('Ann'), site.log_in('Bob')
    insert(admin, 'message', sender=str(ann), receiver=str(bob.id), content='From appadmin')
    assert 'From appadmin' in bob.get('/messaging/index')


def test_a_message_can_be_changed_and_deleted(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    sent = sending.send(site.db, sending.Draft(ann, 'before', bob)).message
    form = admin.get('/appadmin/update/db/message/%d' % sent.id).forms[0]
    form['content'] = 'after'
    form.submit(status=303)
    row = site.messages()[0]
    assert (row['content'], row['seq'], row['number'], row['ref']) == ('after', sent.seq, 1, None)
    form = admin.get('/appadmin/update/db/message/%d' % sent.id).forms[0]
    form['delete_this_record'] = True
    form.submit(status=303)
    assert site.messages() == []


def test_two_messages_changed_there_do_not_share_a_reference(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    for content in ('one', 'two'):
        sent = sending.send(site.db, sending.Draft(ann, content, bob)).message
        form = admin.get('/appadmin/update/db/message/%d' % sent.id).forms[0]
        form['content'] = content + '!'
        form.submit(status=303)
    assert [(row['content'], row['ref']) for row in site.messages()] == [('one!', None), ('two!', None)]


def delete_member(admin, id):
    form = admin.get('/appadmin/update/db/auth_user/%d' % id).forms[0]
    form['delete_this_record'] = True
    return admin._checked(form.submit(expect_errors=True), 303)


def test_a_member_who_has_written_is_anonymised_instead_of_deleted(site, admin):
    ann, bob = site.log_in('Ann'), site.log_in('Bob')
    sending.send(site.db, sending.Draft(ann.id, 'still here', bob.id))
    delete_member(admin, ann.id)
    row = site.db.executesql('SELECT first_name, last_name, email, password, registration_key FROM auth_user WHERE id = %d' % ann.id)[0]
    assert row[:2] == ('', '')
    assert row[2].endswith('.invalid')
    assert (row[3], row[4]) == (None, 'deleted')
    assert ann.get('/messaging/index', 303)
    page = bob.get('/messaging/index')
    assert 'still here' in page
    assert 'former member' in page


def test_a_member_who_has_never_written_is_deleted(site, admin):
    ann = site.member('Ann')
    delete_member(admin, ann)
    assert site.db.executesql('SELECT count(*) FROM auth_user') == [(0,)]


def test_many_members_deleted_at_once_are_each_treated_rightly(site, admin):
    ann, bob, cid = (site.member(name) for name in ('Ann', 'Bob', 'Cid'))
    sending.send(site.db, sending.Draft(ann, 'x', bob))
    form = admin.get('/appadmin/select/db?query=db.auth_user.id>0').forms[0]
    form['delete_check'] = True
    form.submit(status=200)
    site.db.commit()
    assert [row[0] for row in site.db.executesql('SELECT id FROM auth_user ORDER BY id')] == [ann, bob]
    assert directory.names(site.db, [ann, bob, cid]) == {}


def test_where_the_admin_application_has_a_login_page_people_are_sent_there(site, folder):
    views = folder / 'applications' / 'admin' / 'views' / 'default'
    views.mkdir(parents=True)
    (views / 'index.html').write_text('')
    try:
        location = site.visitor().get('/default/administrator', 303).location
    finally:
        shutil.rmtree(views.parent)
    assert location.endswith('/admin/default/index?send=%2Fmessenger%2Fappadmin%2Findex')


def exported(admin, table='message'):
    return admin.get('/appadmin/csv/db?query=db.%s.id>0' % table).body


def take_in(admin, content, table='message'):
    page = admin.get('/appadmin/select/db?query=db.%s.id>0' % table)
    form = next(form for form in page.forms.values() if 'csvfile' in form.fields)
    form['csvfile'] = webtest.Upload('rows.csv', content, 'text/csv')
    page = admin._checked(form.submit(expect_errors=True), 200)
    assert 'unable to parse' not in page
    return page


def test_an_export_that_is_taken_in_again_doubles_nothing(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    for ref in ('r1', None):
        sending.send(site.db, sending.Draft(ann, 'hi', bob, ref=ref))
    file = exported(admin)
    before = site.messages()
    take_in(admin, file)
    assert adoption.adopt(site.db) == 0 and site.messages() == before


def test_what_was_deleted_comes_back_at_the_end_of_its_conversation_with_its_time(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    for content in ('one', 'two'):
        sending.send(site.db, sending.Draft(ann, content, bob))
    site.db(site.db.message.number == 1).update(timestamp='2026-01-02 03:04:05')
    site.db.commit()
    file = exported(admin)
    site.db(site.db.message.number == 1).delete()
    site.db.commit()
    take_in(admin, file)
    assert adoption.adopt(site.db) == 1
    rows = sorted(site.messages(), key=lambda row: row['number'])
    assert [(row['content'], row['number']) for row in rows] == [('two', 2), ('one', 3)]
    assert str(rows[1]['timestamp']) == '2026-01-02 03:04:05'


def test_rows_of_another_install_come_to_the_members_they_name_and_into_no_conversation_of_others(site, admin):
    ann, bob, cid = (site.member(name) for name in ('Ann', 'Bob', 'Cid'))
    secret = sending.send(site.db, sending.Draft(ann, 'secret', bob)).message
    stamp = seal.of(cid, cid, secret.conversation, 2, 99, 'odd')
    take_in(admin, ('message.sender,message.receiver,message.content,message.conversation,message.number,message.seq,message.seal\r\n'
                    '%d,%d,odd,%d,2,99,%s\r\n' % (cid, cid, secret.conversation, stamp)).encode())
    adoption.adopt(site.db)
    assert [message.content for message in reading.history(site.db, bob, secret.conversation).messages] == ['secret']


@pytest.mark.parametrize('content', ['=1+1', '+49 30', '-x', '@home', "'quoted", "'=x", '-5', '5', 'plain', '\t=1', 'a,"b"\nc', 'ü€😀'])
def test_what_a_spreadsheet_would_take_for_a_formula_goes_out_as_text_and_comes_in_as_it_was(site, admin, content):
    ann, bob = site.member('Ann'), site.member('Bob')
    sending.send(site.db, sending.Draft(ann, content, bob))
    file = exported(admin)
    cells = [cell for row in csv.reader(io.StringIO(file.decode('utf-8'))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple('=+@\t') or (cell[:1] == '-' and not cell[1:].isdigit())]
    site.db(site.db.message).delete()
    site.db.commit()
    take_in(admin, file)
    assert [row['content'] for row in site.messages()] == [content]


def test_a_form_that_was_opened_before_adoption_and_is_saved_after_it_takes_no_place_away(site, admin):
    ann, bob = site.member('Ann'), site.member('Bob')
    site.write_by_sql(ann, bob, 'before')
    form = admin.get('/appadmin/update/db/message/1').forms[0]
    assert adoption.adopt(site.db) == 1
    form['content'] = 'after'
    form.submit(status=303)
    row = site.messages()[0]
    assert (row['content'], row['conversation'], row['number'], row['seq']) == ('after', 1, 1, 1) and row['seal']
    assert adoption.adopt(site.db) == 0
    assert [message.content for message in reading.history(site.db, bob, 1).messages] == ['after']


def test_a_table_that_is_more_than_the_site_takes_at_once_is_not_read(site, admin, monkeypatch):
    monkeypatch.setenv('MESSENGER_LIMITS_IMPORT_BYTES', '2000000')
    monkeypatch.setattr('messenger_web.entrance.fields.in_parts', None)
    body = b'--b\r\nContent-Disposition: form-data; name="csvfile"; filename="x.csv"\r\n\r\n' + b'x' * 2_000_000 + b'\r\n--b--\r\n'
    answer = admin.app.post('/messenger/appadmin/select/db', body, {'Content-Type': 'multipart/form-data; boundary=b'}, expect_errors=True)
    assert admin._checked(answer, 413)


@pytest.mark.parametrize(('kind', 'body', 'status'), [
    ('multipart/form-data; boundary=b', b'--b\r\nx', 400), ('multipart/form-data', b'x', 400), ('text/plain', b'x', 415),
    ('application/json', b'[', 400), ('application/x-www-form-urlencoded', b'&'.join([b'a=b'] * 1000), 413)])
def test_what_the_administrator_posts_that_is_no_form_gives_no_ticket(site, admin, kind, body, status):
    for path in ('insert/db/message', 'select/db', 'update/db/message/1', 'index', 'state', 'ccache'):
        answer = admin.app.post('/messenger/appadmin/' + path, body, {'Content-Type': kind}, expect_errors=True)
        assert admin._checked(answer, status)
