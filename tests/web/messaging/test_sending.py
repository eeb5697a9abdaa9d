"""The send form: what it takes, what it refuses, and that nothing is sent twice."""
from urllib.parse import unquote_to_bytes

import pytest
from messenger_core.database.transaction import turnstile
from messenger_core.feed import sequence

SUCCESS = 'Message sent successfully!'


def test_a_message_sent_by_the_form_arrives_in_the_inbox(ann, bob):
    answer = ann.send(bob.id, 'Hello Bob')
    assert answer.status_int == 303
    assert answer.location.endswith('/messaging/index')
    assert SUCCESS in ann.follow(answer)
    page = bob.get('/messaging/index')
    assert 'Hello Bob' in page
    assert 'Ann Lee' in page


def test_every_later_page_says_which_forms_were_sent_as_one_may_be_asked_for_that_nobody_sees(site, ann, bob):
    refs = ['ref-%d' % number for number in range(12)]
    for ref in refs:
        form = ann.get('/messaging/send_message').forms[0]
        form['receiver'], form['content'], form['ref'] = str(bob.id), 'x', ref
        form.submit()
    for address in ('/messaging/index', '/messaging/chat', '/default/account'):
        assert ann.get(address).html.find('meta', attrs={'name': 'sent'})['content'].split() == refs[-10:]


def test_the_form_stands_on_the_inbox_too(site, ann, bob):
    form = ann.get('/messaging/index').forms[0]
    form['receiver'], form['content'] = str(bob.id), 'From the inbox'
    assert SUCCESS in ann.follow(form.submit())
    assert [row['content'] for row in site.messages()] == ['From the inbox']


@pytest.mark.parametrize('typed', ['{id}', 'Bob Lee #{id}', 'anything # {id} ', '#{id}', ' {id} ', 'bob@example.com', 'BOB@Example.com '])
def test_a_receiver_is_typed_as_number_or_address_or_taken_from_the_list(site, ann, bob, typed):
    assert ann.send(typed.format(id=bob.id), 'x').status_int == 303
    assert site.messages()[0]['receiver'] == bob.id


@pytest.mark.parametrize('typed', [
    '', ' ', '0', '-1', '999', '1.5', '٣', '#', '9' * 30, 'Bob Lee', 'nobody@example.com', "' OR 1=1 --", '%', 'x\0y', '_ob@example.com',
    'bob@%', '%@example.com', '1e400', '1_0', '+1'])
def test_a_receiver_that_is_nobody_gives_an_error_at_the_field_and_keeps_the_text(site, ann, bob, typed):
    page = ann.send(typed, 'Keep this text')
    assert page.status_int == 200
    assert page.html.find(id='receiver-error')
    assert page.forms[0]['content'].value == 'Keep this text'
    assert site.messages() == []


def test_a_blocked_member_is_nobody(site, ann):
    blocked = site.member('Cid', registration_key='blocked')
    page = ann.send(blocked, 'x')
    assert page.html.find(id='receiver-error')
    assert site.messages() == []


@pytest.mark.parametrize('content', ['', '   \n ', '\u200b\u200d\ufeff', 'a\0b', 'x' * 10_001])
def test_a_text_that_cannot_be_sent_gives_an_error_at_the_field_and_stays(site, ann, bob, content):
    page = ann.send(bob.id, content)
    assert page.status_int == 200
    assert page.html.find(id='content-error').text
    assert page.forms[0]['content'].value.replace('\r\n', '\n') == content
    assert page.forms[0]['receiver'].value == str(bob.id)
    assert site.messages() == []


@pytest.mark.parametrize('content', [
    '👩‍👩‍👧 🎉', 'שלום עולם', 'a\u2028b\u2029c', '\ufeffmarked',
    'Z' + '\u0338\u0321' * 2000, 'a\u202eb\u2066c', '\uffff',
    '</script>', '\x1b[2J', 'x' * 10_000, '🎉' * 10_000, 'Z̷̧̡a̶l̵g̴o̸', 'a\u202eb', 'line\nline\n', '\n\nthird line',
    '{{=1+1}} </textarea>', ' edge '])
def test_every_other_text_is_stored_exactly(site, ann, bob, content):
    assert ann.send(bob.id, content).status_int == 303
    assert site.messages()[0]['content'] == content
    assert bob.get('/messaging/updates.json?since=0').json['events'][0]['content'] == content
    if content.isprintable():     # an HTML parser makes others of line ends and control characters; shown/lines.py says what pages do
        assert bob.get('/messaging/chat/%d' % ann.id).html.find(class_='message__content').text == content


def test_line_ends_of_a_browser_become_plain_ones(site, ann, bob):
    ann.send(bob.id, 'one\r\ntwo\rthree')
    assert site.messages()[0]['content'] == 'one\ntwo\nthree'


@pytest.mark.parametrize(('posted', 'stored'), [
    (b'x%FF', 'x\ufffd'), (b'x%ED%A0%80y', 'x\ufffd\ufffd\ufffdy'), (b'%C0%80', '\ufffd\ufffd')])
@pytest.mark.parametrize('in_parts', [False, True])
def test_what_is_no_utf8_is_stored_as_what_cannot_be_shown_or_refused(site, ann, bob, posted, stored, in_parts):
    form = ann.get('/messaging/send_message').forms[0]
    fields = [(b'_formkey', form['_formkey'].value.encode()), (b'_formname', b'send_message'), (b'ref', form['ref'].value.encode()),
              (b'receiver', str(bob.id).encode()), (b'content', posted)]
    if in_parts:
        part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        body = b''.join(part % (name, unquote_to_bytes(value)) for name, value in fields) + b'--b--\r\n'
        kind = 'multipart/form-data; boundary=b'
    else:
        kind, body = 'application/x-www-form-urlencoded', b'&'.join(b'='.join(field) for field in fields)
    answer = ann.post('/messaging/send_message', body, headers={'Content-Type': kind})
    if in_parts and answer.status_int == 200:   # web2py 3.x drops such a part
        assert answer.html.find(id='content-error').text and site.messages() == []
        return
    assert (answer.status_int, [row['content'] for row in site.messages()]) == (303, [stored])
    assert bob.get('/messaging/index').html.find(class_='letter__content').text == stored
    assert bob.get('/messaging/updates.json?since=0').json['events'][0]['content'] == stored


def test_a_posted_sender_id_time_or_mark_changes_nothing(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    fields = dict(form.submit_fields())
    fields.update(receiver=str(bob.id), content='x', sender=str(bob.id), id='77', is_read='on', timestamp='2001-01-01 00:00:00',
                  conversation='9', number='9', seq='9')
    assert ann.post('/messaging/send_message?sender=%d' % bob.id, fields).status_int == 303
    row = site.messages()[0]
    assert (row['sender'], row['id'], row['is_read'], row['number']) == (ann.id, 1, False, 1)
    assert row['timestamp'].year > 2001


def test_nothing_is_sent_by_get(site, ann, bob):
    page = ann.get('/messaging/send_message?receiver=%d&content=x&_formname=send_message' % bob.id)
    assert page.forms[0]['content'].value == page.forms[0]['receiver'].value == ''
    assert site.messages() == []


def test_the_query_string_is_not_part_of_the_form(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    fields = dict(form.submit_fields(), content='x', receiver='')
    assert ann.post('/messaging/send_message?receiver=%d' % bob.id, fields).status_int == 200
    assert site.messages() == []


@pytest.mark.parametrize('key', [None, '', 'forged', 'a1b2c3d4'])
def test_a_form_without_its_key_stores_nothing_and_keeps_the_text(site, ann, bob, key):
    ann.get('/messaging/send_message')
    fields = {'_formname': 'send_message', 'receiver': str(bob.id), 'content': 'Keep me', 'ref': 'r1'}
    if key is not None:
        fields['_formkey'] = key
    page = ann.post('/messaging/send_message', fields)
    assert page.status_int == 200
    assert page.html.find(role='alert').text
    assert page.forms[0]['content'].value == 'Keep me'
    assert site.messages() == []
    assert ann.follow(page.forms[0].submit())
    assert [row['content'] for row in site.messages()] == ['Keep me']


def test_a_key_of_somebody_else_is_no_key(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    fields = dict(form.submit_fields(), receiver=str(ann.id), content='forged')
    assert bob.post('/messaging/send_message', fields).status_int == 200
    assert site.messages() == []


def test_a_form_that_is_posted_twice_is_one_message(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    form['receiver'], form['content'] = str(bob.id), 'Once'
    assert SUCCESS in ann.follow(form.submit())
    assert SUCCESS in ann.follow(form.submit())
    assert len(site.messages()) == 1


def test_going_back_and_changing_the_text_sends_nothing_until_it_is_sent_again(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    form['receiver'], form['content'] = str(bob.id), 'First'
    form.submit()
    form['content'] = 'Second'
    page = form.submit()
    assert page.status_int == 200
    assert page.forms[0]['content'].value == 'Second'
    assert SUCCESS in ann.follow(page.forms[0].submit())
    assert [row['content'] for row in site.messages()] == ['First', 'Second']


def test_going_back_and_changing_the_receiver_is_not_called_sent(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    form['receiver'], form['content'] = str(bob.id), 'Same text'
    form.submit()
    form['receiver'] = str(ann.id)
    page = form.submit()
    assert page.status_int == 200
    page.forms[0].submit()
    assert [row['receiver'] for row in site.messages()] == [bob.id, ann.id]


def test_a_reference_that_is_taken_is_said_and_replaced(site, ann, bob):
    ann.send(bob.id, 'First', ref='taken')
    page = ann.send(bob.id, 'Second', ref='taken')
    assert page.status_int == 200
    assert 'Another message was already sent from this form' in page
    assert page.forms[0]['ref'].value != 'taken'
    assert page.forms[0].submit().status_int == 303


def test_a_reference_that_is_none_is_replaced(site, ann, bob):
    assert ann.send(bob.id, 'x', ref='not a ref!').status_int == 303
    assert site.messages()[0]['ref'] != 'not a ref!'


def test_fields_that_come_twice_or_as_files_give_no_ticket(site, ann, bob):
    form = ann.get('/messaging/send_message').forms[0]
    key = [('_formkey', form['_formkey'].value), ('_formname', 'send_message')]
    fields = [('receiver', str(bob.id)), ('receiver', str(ann.id)), ('content', 'one'), ('content', 'two')]
    twice = ann.post('/messaging/send_message', key + fields)
    assert twice.status_int == 303
    assert [(row['receiver'], row['content']) for row in site.messages()] == [(bob.id, 'one')]
    form = ann.get('/messaging/send_message').forms[0]
    fields = {'_formkey': form['_formkey'].value, '_formname': 'send_message', 'receiver': str(bob.id)}
    file = ann.post('/messaging/send_message', fields, upload_files=[('content', 'x.txt', b'a file')])
    assert file.status_int == 200
    assert len(site.messages()) == 1


def test_json_posted_to_a_page_gives_no_ticket(ann):
    assert ann.post_json({'receiver': 5, 'content': ['x'], '_formkey': {}, '_formname': 1}, path='/messaging/send_message').forms


def test_a_megabyte_of_text_is_refused_kindly(site, ann, bob):
    page = ann.send(bob.id, 'x' * 1_000_000)
    assert '1000000 characters' in page.html.find(id='content-error').text
    assert site.messages() == []


def test_a_busy_database_gives_a_sentence_and_keeps_the_text(site, ann, bob, monkeypatch):
    monkeypatch.setattr(sequence, 'turnstile', lambda db: turnstile(db, 0.05))
    with turnstile(site.db):
        page = ann.send(bob.id, 'Not lost')
    assert page.status_int == 503
    assert 'could not be stored just now' in page
    assert page.forms[0]['content'].value == 'Not lost'
    assert page.forms[0].submit().status_int == 303
    assert [row['content'] for row in site.messages()] == ['Not lost']


def test_sending_needs_login(site, bob):
    stranger = site.visitor()
    answer = stranger.post('/messaging/send_message', {'receiver': str(bob.id), 'content': 'x'}, status=303)
    assert '/default/user/login' in answer.location
    assert site.messages() == []


def test_no_page_grows_with_the_members_or_shows_an_address(site, ann):
    for number in range(300):
        site.member('Member%d' % number, email='secret%d@example.com' % number)
    for page in ('/messaging/send_message', '/messaging/index', '/messaging/chat'):
        answer = ann.get(page)
        assert len(answer.html.find_all('option')) == 100
        assert '@' not in answer.text


def test_names_in_the_list_can_be_told_apart(site, ann):
    twins = [site.member('Eve', email='eve%d@example.com' % number) for number in range(2)]
    options = [option['value'] for option in ann.get('/messaging/send_message').html.find_all('option')]
    assert options == ['Eve Lee #%d' % twin for twin in twins]


@pytest.mark.parametrize(('table', 'how', 'code'), [
    ('messenger_conversation', 'IGNORE', 'forbidden'), ('messenger_conversation', "ABORT, 'no'", 'busy'),
    ('message', 'IGNORE', 'forbidden'), ('message', "ABORT, 'no'", 'busy'), ('messenger_participant', "ABORT, 'no'", 'busy')])
def test_what_a_trigger_of_the_site_will_not_have_is_refused_in_words(site, ann, bob, table, how, code):
    site.db.executesql('CREATE TRIGGER t BEFORE INSERT ON %s BEGIN SELECT RAISE(%s); END' % (table, how))
    page = ann.send(bob.id, 'Keep this text')
    assert page.status_int == (503 if code == 'busy' else 200) and page.html.find(class_='error', role='alert').text
    assert page.forms[0]['content'].value == 'Keep this text'
    assert ann.post_json({'type': 'send', 'receiver': bob.id, 'content': 'x'}, 503 if code == 'busy' else 403).json['code'] == code
    assert site.messages() == []


def test_a_chat_that_cannot_be_marked_as_read_is_shown(site, ann, bob):
    ann.send(bob.id, 'Hello Bob')
    site.db.executesql("CREATE TRIGGER t BEFORE UPDATE ON messenger_participant BEGIN SELECT RAISE(ABORT, 'no'); END")
    assert 'Hello Bob' in bob.get('/messaging/chat/%d' % ann.id) and 'Hello Bob' in bob.get('/messaging/chat')
    read = {'type': 'read', 'conversation': 1, 'number': 1}
    assert bob.post_json(read, 503).json['code'] == 'busy'
