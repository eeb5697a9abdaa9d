"""What one does in the inbox itself: look at the unread ones alone, mark letters, answer them in place."""
from urllib.parse import parse_qsl, urlsplit

import pytest
from messenger_core.errors import Refused
from messenger_core.messages import noticing, reading, sending

SUCCESS = 'Message sent successfully!'


def write(site, sender, receiver, content):
    return sending.send(site.db, sending.Draft(sender, content, receiver)).message


def contents(page):
    return [div.text for div in page.html.find_all(class_='letter__content')]


def unread(page):
    """Return the contents of the letters that a page shows as unread."""
    return [item.find(class_='letter__content').text for item in page.html.find_all(class_='letter--unread')]


def place(answer):
    """Return (query, fragment) of the page of the inbox that an answer leads to."""
    address = urlsplit(answer.location)
    assert (answer.status_int, address.path) == (303, '/messenger/messaging/index')
    return dict(parse_qsl(address.query)), address.fragment


def press(page, letter, name, **fields):
    """Fill in the form that the button `name` of a letter belongs to, and press it; return the answer."""
    button = page.html.find(id='letter-%d' % letter.id).find('button', attrs={'name': name})
    form = page.forms[button['form']]
    for field, value in fields.items():
        form[field] = value
    return form.submit(name, value=button['value'], expect_errors=True)


def answer(page, letter, content):
    return press(page, letter, 'answer', **{'content-%d' % letter.id: content})


# -- the unread ones --

def test_the_unread_ones_can_be_shown_alone_page_by_page(site, ann):
    bob, cid = site.member('Bob'), site.member('Cid')
    read = write(site, bob, ann.id, 'read')
    reading.mark_read(site.db, ann.id, read.conversation, read.number)
    for number in range(60):
        write(site, (bob, cid)[number % 2], ann.id, 'message %d' % number)
    page, seen = ann.get('/messaging/index').click('^Unread$'), []
    while page:
        assert page.html.find(class_='filters').find(attrs={'aria-current': 'page'}).text == 'Unread'
        assert contents(page) == unread(page)
        seen += contents(page)
        older = page.html.find('a', rel='next')
        page = page.goto(older['href']) if older else None
    assert seen == ['message %d' % number for number in reversed(range(60))]


def test_when_nothing_is_unread_it_says_so(site, ann):
    letter = write(site, site.member('Bob'), ann.id, 'x')
    reading.mark_read(site.db, ann.id, letter.conversation, letter.number)
    page = ann.get('/messaging/index?unread=1')
    assert page.html.find(class_='empty').text == 'You are up to date.'
    assert contents(page.click('^All$')) == ['x']


@pytest.mark.parametrize('value', ['', '0', '2', 'true', '11', '1&unread=1'])
def test_whatever_else_is_asked_for_is_all(site, ann, value):
    letter = write(site, site.member('Bob'), ann.id, 'x')
    reading.mark_read(site.db, ann.id, letter.conversation, letter.number)
    assert contents(ann.get('/messaging/index?unread=' + value)) == ['x']


def test_the_first_visit_explains_itself_and_offers_two_things_to_do(site, ann):
    page = ann.get('/messaging/index')
    first = page.html.find(class_='first-visit')
    assert len(first.find_all('li')) == 3
    assert [link.text for link in first.find_all('a')] == ['Write a message', 'Begin a chat']
    assert page.html.find(id=first.find('a')['href'].lstrip('#')).name == 'input' and page.html.find('details').has_attr('open')
    write(site, site.member('Bob'), ann.id, 'x')
    page = ann.get('/messaging/index')
    assert not page.html.find(class_='first-visit') and not page.html.find('details', class_='write').has_attr('open')


def test_each_letter_has_a_heading_that_names_who_wrote_it(site, ann):
    write(site, site.member('Bob'), ann.id, 'x')
    assert [heading.text.split(' #')[0] for heading in ann.get('/messaging/index').html.find(class_='inbox').find_all('h2')] == ['Bob Lee']


def test_a_long_letter_is_folded_and_a_short_one_is_shown_whole(site, ann):
    for content in ('short', 'long ' * 301, 'line\n' * 30):
        write(site, site.member('Bob', email=content[:2] + '@example.com'), ann.id, content)
    shown = ann.get('/messaging/index').html.find_all(class_='letter__content')
    assert [bool(div.find_previous_sibling('details', class_='fold')) for div in shown] == [True, True, False]


# -- marks --

def test_a_letter_is_marked_as_read_with_those_before_it_and_one_stays_where_one_was(site, ann):
    bob, cid = site.member('Bob'), site.member('Cid')
    _, two, *_ = [write(site, sender, ann.id, content) for sender, content in [(bob, 'one'), (bob, 'two'), (cid, 'other'), (bob, 'three')]]
    done = press(ann.get('/messaging/index?unread=1'), two, 'read')
    assert place(done) == ({'unread': '1'}, 'letter-%d' % two.id)
    assert contents(ann.follow(done)) == ['three', 'other']
    assert unread(ann.get('/messaging/index')) == ['three', 'other']
    assert [row['is_read'] for row in site.messages()] == [True, True, False, False]


def test_a_conversation_is_marked_as_unread_and_its_last_letter_shows_it(site, ann):
    bob = site.member('Bob')
    one, two = write(site, bob, ann.id, 'one'), write(site, bob, ann.id, 'two')
    reading.mark_read(site.db, ann.id, two.conversation, two.number)
    done = press(ann.get('/messaging/index'), one, 'unread')
    assert place(done) == ({}, 'letter-%d' % one.id)
    page = ann.follow(done)
    assert unread(page) == ['two'] and page.html.find(class_='badge').text == 'marked as unread'
    assert contents(ann.get('/messaging/index?unread=1')) == ['two']
    assert unread(ann.follow(press(page, two, 'read'))) == []


def test_on_an_older_page_one_stays_on_it(site, ann):
    bob = site.member('Bob')
    letters = [write(site, bob, ann.id, str(number)) for number in range(30)]
    page = ann.get('/messaging/index').click('Older')
    assert place(press(page, letters[2], 'read')) == ({'before': str(letters[5].seq)}, 'letter-%d' % letters[2].id)


def form_for_all(page):
    return next((form for form in page.forms.values() if 'Mark all as read' in form.text), None)


def test_all_can_be_marked_as_read_and_what_came_meanwhile_waits(site, ann):
    bob, cid = site.member('Bob'), site.member('Cid')
    for sender in (bob, cid, bob):
        write(site, sender, ann.id, 'x')
    page = ann.get('/messaging/index?unread=1')
    write(site, bob, ann.id, 'came meanwhile')
    done = form_for_all(page).submit(expect_errors=True)
    assert place(done) == ({'unread': '1'}, '')
    assert contents(ann.follow(done)) == ['came meanwhile']


def test_all_are_marked_wherever_they_are_in_the_inbox_with_muted_and_marked_ones(site, ann):
    bob, cid = site.member('Bob'), site.member('Cid')
    muted = write(site, bob, ann.id, 'muted')
    noticing.mute(site.db, ann.id, muted.conversation, True)
    for number in range(60):
        write(site, cid, ann.id, str(number))
    page = ann.get('/messaging/index').click('Older')
    done = form_for_all(page).submit(expect_errors=True)
    assert place(done)[0]['before'] and not ann.follow(done).html.find(class_='letter--unread')
    assert {row['is_read'] for row in site.messages()} == {True}
    assert all(form_for_all(ann.get('/messaging/index' + query)) is None for query in ('', '?unread=1', '?before=9'))
    write(site, bob, ann.id, 'muted, too')
    assert form_for_all(ann.get('/messaging/index')) is not None
    reading.mark_read(site.db, ann.id, muted.conversation, 2)
    reading.mark_unread(site.db, ann.id, muted.conversation)
    assert contents(ann.follow(form_for_all(ann.get('/messaging/index?unread=1')).submit(expect_errors=True))) == []


def test_that_all_could_not_be_marked_is_said_and_nothing_is_claimed(site, ann, monkeypatch):
    write(site, site.member('Bob'), ann.id, 'x')
    form = form_for_all(ann.get('/messaging/index'))

    def busy(*_):
        raise Refused('busy', retry_after=1)
    with monkeypatch.context() as patch:
        patch.setattr(reading, 'mark_all_read', busy)
        page = ann.follow(form.submit(expect_errors=True))
    assert page.html.find(class_='flash').text and unread(page) == ['x'] and form_for_all(page) is not None


@pytest.mark.parametrize('upto', ['', '0', '-1', 'x', '9' * 19, '1' * 5000])
def test_all_up_to_what_is_no_place_is_nothing(site, ann, upto):
    write(site, site.member('Bob'), ann.id, 'x')
    form = form_for_all(ann.get('/messaging/index'))
    form['all'] = upto
    place(form.submit(expect_errors=True))
    assert site.messages()[0]['is_read'] is False


def test_one_mark_that_is_refused_takes_no_other_along(site, ann, bob):
    theirs, mine = write(site, site.member('Cid'), bob.id, 'x'), write(site, bob.id, ann.id, 'y')
    key = ann.get('/messaging/chat').forms['marks']['_formkey'].value
    keys = ['%d.%d.%d.1' % (letter.id, letter.conversation, letter.number) for letter in (theirs, mine)]
    page = ann.follow(ann.post('/messaging/mark_letters', {'_formkey': key, '_formname': 'marks', 'read': keys}))
    assert unread(page) == [] and page.html.find(class_='flash').text == 'There is no such conversation.'


def test_a_mark_needs_the_key_of_the_page_and_is_posted(site, ann):
    letter = write(site, site.member('Bob'), ann.id, 'x')
    page = ann.get('/messaging/index')
    page.forms['letter-marks']['_formkey'] = 'forged'
    assert 'This page was too old.' in ann.follow(press(page, letter, 'read'))
    assert site.messages()[0]['is_read'] is False
    assert ann.get('/messaging/mark_letters', 405).headers['Allow'] == 'POST'
    assert '/user/login' in site.visitor().post('/messaging/mark_letters', {'read': '1.1.1.1'}, 303).location


@pytest.mark.parametrize('value', ['', '1', '1.1.1', '1.1.1.1.1', '1.%d.1.1', 'a.b.c.d', '1.99.1.1', '1.0.1.1', '٣.1.1.1'])
@pytest.mark.parametrize('name', ['read', 'unread'])
def test_of_a_conversation_that_is_none_of_ones_own_nothing_can_be_marked(site, ann, bob, name, value):
    theirs = write(site, site.member('Cid'), bob.id, 'x')
    key = ann.get('/messaging/chat').forms['marks']['_formkey'].value
    place(ann.post('/messaging/mark_letters', {'_formkey': key, '_formname': 'marks', name: value.replace('%d', str(theirs.conversation))}))
    assert site.messages()[0]['is_read'] is False
    assert unread(bob.get('/messaging/index')) == ['x']


# -- answers --

def test_an_answer_is_sent_in_place_and_the_letter_is_read(site, ann, bob):
    other = write(site, site.member('Cid'), ann.id, 'not this one')
    letter = write(site, bob.id, ann.id, 'How are you?')
    done = answer(ann.get('/messaging/index'), letter, 'Fine, thank you')
    assert place(done) == ({}, 'letter-%d' % letter.id)
    page = ann.follow(done)
    assert page.html.find(class_='flash').text == SUCCESS
    assert unread(page) == ['not this one'] and other
    assert contents(bob.get('/messaging/index')) == ['Fine, thank you']


def test_an_answer_goes_back_to_the_page_it_was_written_on(site, ann, bob):
    letters = [write(site, bob.id, ann.id, str(number)) for number in range(30)]
    page = ann.get('/messaging/index?unread=1').click('Older')
    assert place(answer(page, letters[3], 'x')) == ({'before': str(letters[5].seq), 'unread': '1'}, 'letter-%d' % letters[3].id)


def test_an_answer_that_is_posted_twice_is_sent_once(site, ann, bob):
    letter = write(site, bob.id, ann.id, 'x')
    page = ann.get('/messaging/index')
    for _ in range(2):
        assert SUCCESS in ann.follow(answer(page, letter, 'Once'))
    assert contents(bob.get('/messaging/index')) == ['Once']


def test_of_one_page_two_letters_can_be_answered(site, ann, bob):
    cid = site.log_in('Cid')
    letters = [write(site, sender, ann.id, 'x') for sender in (bob.id, cid.id)]
    page = ann.get('/messaging/index')
    place(answer(page, letters[0], 'to Bob'))
    again = answer(page, letters[1], 'to Cid')      # its key was used by the first: it asks once more
    assert again.html.find(role='alert').text == 'This form was too old to be sent. Please send it again.'
    assert place(again.forms[0].submit(expect_errors=True)) == ({}, 'letter-%d' % letters[1].id)
    assert (contents(bob.get('/messaging/index')), contents(cid.get('/messaging/index'))) == (['to Bob'], ['to Cid'])


def test_an_answer_that_cannot_be_sent_is_shown_again_and_leads_back_when_it_can(site, ann, bob):
    letter = write(site, bob.id, ann.id, 'x')
    page = answer(ann.get('/messaging/index?unread=1'), letter, '\u200b')
    form = page.forms[0]
    assert page.html.find(id='content-error') and form['receiver'].value == '#%d' % bob.id
    assert unread(ann.get('/messaging/index')) == ['x']
    form['content'] = 'Better'
    assert place(form.submit(expect_errors=True)) == ({'unread': '1'}, 'letter-%d' % letter.id)
    assert contents(bob.get('/messaging/index')) == ['Better']
    assert contents(ann.get('/messaging/index?unread=1')) == []


def test_an_answer_without_the_key_of_the_page_is_not_sent(site, ann, bob):
    letter = write(site, bob.id, ann.id, 'x')
    page = ann.get('/messaging/index')
    page.forms['answers']['_formkey'] = 'forged'
    assert answer(page, letter, 'x').html.find(role='alert')
    assert len(site.messages()) == 1


def test_an_answer_is_kept_while_its_author_has_to_log_in_again(site, ann, bob):
    letter = write(site, bob.id, ann.id, 'x')
    page = ann.get('/messaging/index')
    ann.app.reset()
    page = ann.follow(answer(page, letter, 'Not lost'))
    fields = dict(page.forms[0].submit_fields(), email='ann@example.com', password='a long enough password', _next='')
    page = ann.follow(ann.post('/default/user/login', fields, status=303))
    assert (page.forms[0]['receiver'].value, page.forms[0]['content'].value) == ('#%d' % bob.id, 'Not lost')
    assert page.html.find('details', class_='write').has_attr('open')


@pytest.mark.parametrize(('path', 'form', 'field', 'values'), [
    ('/messaging/index', 'answers', 'content-{letter}', {'answer': '{letter}.1.1.{bob}'}), ('/messaging/send_message', 0, 'content', {}),
    ('/messaging/chat/{bob}', 'composer', 'content', {})])
def test_what_a_page_posts_is_nothing_to_who_is_logged_in_in_that_browser_by_now(site, ann, bob, path, form, field, values):
    facts = dict(letter=write(site, bob.id, ann.id, 'x').id, bob=bob.id)
    asked = ann.get(path.format(**facts)).forms[form]
    eve = site.log_in('Eve')
    fields = dict(asked.submit_fields(), receiver='#%d' % bob.id, **{field.format(**facts): 'a secret of Ann'})
    fields.update({name: value.format(**facts) for name, value in values.items()})
    page = eve.post(asked.action.partition('/messenger')[2], fields, status=200)
    assert 'This page was too old' in page and 'a secret' not in page and 'Write something' not in page
    assert len(site.messages()) == 1
    page = eve.get('/messaging/send_message')
    assert page.forms[0]['content'].value == ''


@pytest.mark.parametrize('value', ['', 'x', '1.2', '1.1.1.0', '0.0.0.99'])
def test_an_answer_to_nothing_is_a_form_to_fill_in(site, ann, value):
    form = ann.get('/messaging/send_message').forms[0]
    page = ann.post('/messaging/send_message', {
        '_formkey': form['_formkey'].value, '_formname': 'send_message', 'answer': value, 'content-1': 'x'}, 200)
    assert page.html.find(id='receiver') and site.messages() == []


def test_nobody_is_answered_who_is_no_longer_here_nor_oneself(site, ann, bob):
    write(site, ann.id, ann.id, 'a note')
    former = write(site, bob.id, ann.id, 'x')
    site.db(site.db.auth_user.id == bob.id).update(registration_key='deleted')
    site.db.commit()
    page = ann.get('/messaging/index')
    assert page.html.find(id='letter-%d' % former.id) and not page.html.find('button', attrs={'name': 'answer'})


def test_the_inbox_asks_the_database_the_same_number_of_times_however_much_there_is(site, ann, statements):
    def count():
        return [len(statements(lambda path=path: ann.get(path))) for path in ('/messaging/index', '/messaging/index?unread=1')]
    write(site, site.member('Bob'), ann.id, 'x')
    count()     # the first page of a process looks after what a sidecar would
    before = count()
    for number in range(40):
        reading.mark_unread(site.db, ann.id, write(site, site.member('Member%d' % number), ann.id, 'x').conversation)
    assert count() == before
