"""Long texts are folded: what opens one, where the reader is then, and that all of it is there for whoever copies, looks or prints."""
from person import press_until
from places_to_see import FOREIGN_TEXT
from playwright.sync_api import expect

LINES = '\n'.join('line %d' % number for number in range(1, 101))
MANY_ENDS = 'first' + '\n' * 9_900 + 'last'
HEIGHT = 'text => text.getBoundingClientRect().height'
TOP = 'text => text.getBoundingClientRect().top'
SIDES = """text => {
    const { left, right } = text.getBoundingClientRect();
    const node = text.firstChild;
    let start = 0;
    return node.data.split('\\n').map(line => {
        const range = document.createRange();
        range.setStart(node, start);
        range.setEnd(node, start += line.length);
        start += 1;
        const place = range.getBoundingClientRect();
        return [place.left - left < 1, right - place.right < 1];
    });
}"""


def texts(person):
    return person.page.locator('#messages .message__content')


def lines_of(text):
    return round(text.evaluate(HEIGHT) / 24)


def test_a_long_text_is_folded_for_both_and_opens_without_moving_the_reader(two):
    ann, bob = two
    ann.write(LINES)
    ann.write('x' * 1_500)
    for person in (ann, bob):
        expect(texts(person)).to_have_count(2)
        expect(person.page.locator('.fold')).to_have_count(1)
        assert lines_of(texts(person).first) == 12
    page, text = bob.page, texts(bob).first
    summary = page.locator('.fold summary')
    press_until(page, summary, 'Shift+Tab')
    top = text.evaluate(TOP)
    page.keyboard.press('Enter')
    expect(page.get_by_text('Show less')).to_be_visible()
    assert lines_of(text) == 100 and abs(text.evaluate(TOP) - top) < 1
    expect(summary).to_be_focused()
    summary.scroll_into_view_if_needed()
    place = summary.evaluate(TOP)
    page.keyboard.press('Space')
    expect(page.get_by_text('Show all')).to_be_visible()
    assert lines_of(text) == 12 and abs(summary.evaluate(TOP) - place) < 1
    expect(summary).to_be_in_viewport()
    ann.write('.\u200b' * 800)     # so many, but they fit
    for person in (ann, bob):
        expect(person.page.locator('.fold')).to_have_count(2)
        expect(person.page.locator('.fold').filter(visible=True)).to_have_count(1)


def test_what_leads_into_the_folded_part_opens_it(two):
    ann, bob = two
    ann.write('first\n' * 100 + 'https://example.com/last')
    expect(texts(bob)).to_have_count(1)
    bob.open_chat(ann)
    bob.page.locator('#messages').focus()
    press_until(bob.page, texts(bob).locator('a'))
    expect(bob.page.locator('.fold[open]')).to_have_count(1)
    expect(texts(bob).locator('a')).to_be_in_viewport()
    for number in range(3):
        ann.write('later %d' % number)
    bob.page.goto('/messenger/messaging/chat/%d?at=1#message-1' % ann.id)
    expect(bob.page.locator('.message--found .fold[open]')).to_have_count(1)


def test_nothing_of_it_is_lost_and_without_scripts_it_opens_too(two, visit):
    ann, bob = two
    ann.write(LINES)
    ann.stack.query(FOREIGN_TEXT, ann.id, bob.id, MANY_ENDS)
    expect(texts(bob)).to_have_count(2)
    assert [lines_of(text) for text in texts(bob).all()] == [12, 5]
    assert texts(bob).nth(1).evaluate('text => text.textContent') == 'first\n\n\n\nlast'
    assert bob.stack.query('SELECT content FROM message ORDER BY id DESC LIMIT 1') == [(MANY_ENDS,)]
    bob.page.emulate_media(media='print')
    assert lines_of(texts(bob).first) == 100
    bob.page.emulate_media(media='screen')
    text = texts(bob).first
    assert text.evaluate("text => { getSelection().selectAllChildren(text); return getSelection().toString(); }") == LINES
    plain = visit(java_script_enabled=False)
    plain.context.add_cookies(bob.context.cookies())
    for path, content in (('chat/%d' % ann.id, '.message__content'), ('index', '.letter__content')):
        plain.page.goto('/messenger/messaging/' + path)
        text = plain.page.locator(content).filter(has_text='line 99')
        assert lines_of(text) == 12
        plain.page.get_by_text('Show all').click()
        assert lines_of(text) == 100
        assert [lines_of(one) for one in plain.page.locator(content).filter(has_text='last').all()] == [5]


def test_each_line_begins_at_its_own_side(two):
    ann, bob = two
    ann.write('שלום עולם\nHello, this is a longer line\nمرحبا\nEnd')
    expect(texts(bob)).to_have_count(1)
    expected = [[False, True], [True, True], [False, True], [True, False]]
    assert [texts(person).evaluate(SIDES) for person in (ann, bob)] == [expected, expected]
    bob.page.goto('/messenger/messaging/index')
    assert [right for _, right in bob.page.locator('.letter__content').evaluate(SIDES)] == [True, False, True, False]
