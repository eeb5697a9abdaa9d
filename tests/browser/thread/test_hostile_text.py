"""Whatever people write, as a message or as their name, is text."""
import pytest
from person import LIVE
from playwright.sync_api import expect

HOSTILE = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(2)>',
    "</textarea><svg onload=alert(3)>",
    '{{=1+1}} ${1+1} &lt;b&gt; &amp;',
    'javascript:alert(4)',
    '</li></ol></template><h1>taken over</h1>',
]
UNUSUAL = ['\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1fa\U0001f1f3 \u202egnihton', 'مرحبا بالعالم', 'x' * 3000,
           'one\ntwo\n\n  three', ' kept ', 'z' * 9_998 + '😀']
PAGES = ['/messenger/%s' % path for path in ('messaging/index', 'messaging/chat', 'messaging/send_message', 'default/user/profile')]
FRAGMENTS = 'h1:has-text("taken over"), #messages img, #messages svg, #messages script, #messages b'


def test_markup_in_messages_is_shown_as_it_was_written(two):
    ann, bob = two
    for text in HOSTILE:
        ann.write(text)
    for person in (ann, bob):
        person.sees(*HOSTILE)
        expect(person.page.locator(FRAGMENTS)).to_have_count(0)
        person.page.reload()
        person.sees_state(LIVE)
        person.sees(*HOSTILE)
        expect(person.page.locator(FRAGMENTS)).to_have_count(0)
    bob.page.goto('/messenger/messaging/index')
    expect(bob.page.locator('.letter__content')).to_have_text(HOSTILE[::-1])
    expect(bob.page.locator('.letter img, .letter svg, .letter script, .letter b')).to_have_count(0)


def test_markup_in_names_is_shown_as_it_was_written(visit):
    ann, bob = visit('<script>alert(5)</script>', '"><img src=x onerror=alert(6)>'), visit('{{=7*7}}', '</bdi></title><b>Bold</b>')
    ann.register()
    bob.register()
    ann.open_chat(bob)
    bob.open_chat(ann)
    bob.write('who are you?')
    ann.sees('who are you?')
    ann.write('somebody odd')
    ann.sees('who are you?', 'somebody odd')
    expect(ann.page.locator('.message--other .message__sender')).to_have_text(bob.name)
    expect(bob.page.locator('.message--other .message__sender')).to_have_text(ann.name)
    assert bob.name in ann.page.title()
    for person in (ann, bob):
        for path in PAGES:
            person.page.goto(path)
            expect(person.page.locator('main img, main b, header b, header img, script:not([src])')).to_have_count(0)


@pytest.mark.parametrize('text', UNUSUAL, ids=['emoji', 'right to left', 'unbroken', 'lines', 'blanks around', 'longest'])
def test_unusual_text_is_kept_exactly_and_fits_the_page(two, text):
    ann, bob = two
    ann.write(text)
    expect(bob.page.locator('#messages li')).to_have_count(1)
    for person in (ann, bob):
        expect(person.page.locator('#messages li[data-id]')).to_have_count(1)
        assert person.page.locator('.message__content').evaluate('content => content.textContent') == text
        person.page.set_viewport_size({'width': 390, 'height': 800})
        assert person.page.evaluate('document.documentElement.scrollWidth') <= 390
        assert person.page.locator('#messages').evaluate('list => list.scrollWidth <= list.clientWidth')
    assert bob.stack.query('SELECT content FROM message ORDER BY id DESC LIMIT 1') == [(text,)]


@pytest.mark.parametrize('text', ['\u2800\u2800', '\u200b'], ids=['braille blanks', 'zero width'])
def test_what_nobody_can_see_is_refused_and_given_back(two, text):
    ann, bob = two
    ann.write(text)
    expect(ann.page.locator('#composer-error')).not_to_be_empty()
    expect(ann.page.locator('#composer textarea')).to_have_value(text)
    expect(ann.page.locator('#messages li')).to_have_count(0)
    ann.write('visible')
    ann.sees('visible')
    bob.sees('visible')
    expect(ann.page.locator('#composer-error')).to_be_empty()


def test_text_that_is_too_long_is_refused_and_given_back(two):
    ann, _ = two
    ann.write('x' * 10_001)
    expect(ann.page.locator('#composer-error')).to_contain_text('too long')
    expect(ann.page.locator('#composer-room')).to_contain_text('1')
    expect(ann.page.locator('#composer textarea')).to_have_value('x' * 10_001)
    expect(ann.page.locator('#messages li')).to_have_count(0)
