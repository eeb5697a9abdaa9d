"""A page comes to life in pieces, once it has been painted: what somebody does before is neither lost nor done twice."""
import pytest
from person import LIVE
from playwright.sync_api import expect

FIELD = '#composer textarea'
# Frames that come when the test says so; no script of ours begins before one has.
HELD = """() => {
    const frames = [], real = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = call => frames.push(call);
    window.paint = () => {
        window.requestAnimationFrame = real;
        frames.splice(0).forEach(call => real(call));
    };
}"""


@pytest.fixture
def early(two):
    """Ann on a chat whose scripts haven't begun."""
    ann, _ = two
    ann.page.add_init_script('(%s)()' % HELD)
    ann.page.reload()
    expect(ann.page.locator('#connection')).not_to_have_attribute('data-state', LIVE)
    return ann


def test_what_is_typed_before_is_there_and_is_sent_once(early, two):
    early.page.locator(FIELD).press_sequentially('typed early')
    assert early.page.evaluate('document.querySelector("#connection").dataset.state') is None
    early.page.evaluate('paint()')
    early.sees_state(LIVE)
    expect(early.page.locator(FIELD)).to_have_value('typed early')
    early.page.locator(FIELD).press('Control+Enter')
    _is_said_once(two, 'typed early')


def test_what_is_sent_before_goes_as_the_plain_form(early, two):
    early.page.locator(FIELD).press_sequentially('sent early')
    with early.page.expect_navigation(wait_until='commit'):
        early.page.locator('#composer').evaluate('form => form.requestSubmit()')
    early.page.evaluate('paint()')
    early.sees_state(LIVE)
    _is_said_once(two, 'sent early')
    expect(early.page.locator(FIELD)).to_have_value('')


def _is_said_once(two, content):
    for person in two:
        person.sees(content)
        expect(person.page.locator('.message__content', has_text=content)).to_have_count(1)
    assert two[0].stack.query("SELECT COUNT(*) FROM message WHERE content = '%s'" % content) == [(1,)]
