"""Two members in two browsers, in front of the whole product. What a page must never do is checked for every page of every test."""
import contextlib
import itertools
import shutil
from urllib.parse import urlsplit

import pytest
from person import Person
from places_to_see import fill
from playwright.sync_api import sync_playwright
from stack import Stack

# The shell is the same browser without what draws windows, and takes half the time.
NAMES = ('chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
# A sandbox needs rights that a container doesn't give; /dev/shm is small there, too.
OPTIONS = ('--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-component-update', '--disable-background-networking')
LOST_LINE = ('ERR_CONNECTION_REFUSED', 'ERR_CONNECTION_RESET', 'ERR_CONNECTION_CLOSED')
# Who goes on to another page before the socket is open.
GONE = ('WebSocket is closed before the connection is established',)
FAILED = pytest.StashKey()
_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope='session')
def stack(web2py_home, tmp_path_factory):
    with Stack(tmp_path_factory.mktemp('stack'), web2py_home, sends_per_second=50, burst=100, connections_per_address=1000) as stack:
        yield stack


@pytest.fixture(scope='session')
def chromium():
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip('Chromium is not installed, so the pages cannot be tried in a browser')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def visit(stack, chromium, request, tmp_path_factory):
    """Call it for a Person in a fresh browser; keyword arguments are those of Playwright's new_context."""
    visitors = []

    def visit(first='Ann', last='Lee', **options):
        context = chromium.new_context(base_url=stack.url, locale='en-GB', timezone_id='Europe/Berlin', **options)
        context.set_default_timeout(15_000)
        visitors.append(Person(stack, context, first, last, 'member-%d@example.com' % next(_numbers)))
        return visitors[-1]

    yield visit
    if request.node.stash.get(FAILED, False):
        _show(visitors, stack, tmp_path_factory)
    for visitor in visitors:
        with contextlib.suppress(Exception):
            visitor.context.close()
    # Pages offer a hundred members to write to, and those of the next tests have to be among them.
    stack.query("UPDATE auth_user SET registration_key = 'blocked'")
    for visitor in visitors:
        _judge(visitor, stack)


@pytest.fixture
def two(visit):
    """Ann and Bob, registered and logged in, with their chats open at each other."""
    ann, bob = visit('Ann', 'Lee'), visit('Bob', 'Ray')
    ann.join()
    bob.join()
    ann.open_chat(bob)
    bob.open_chat(ann)
    return ann, bob


@pytest.fixture
def reader(visit):
    """Ann, who has talked with Bob and with somebody who has left; `others` are these two."""
    ann, bob, cid = visit('Ann', 'Lee'), visit('Bob', 'Ray'), visit('Cid', 'Orr')
    for person in (bob, cid, ann):
        person.join()
    cid.leave()
    fill(ann.stack, ann.id, bob.id, cid.id)
    ann.others = bob.id, cid.id
    return ann


def _judge(visitor, stack):
    hosts = {(urlsplit(url).hostname, urlsplit(url).port) for url in visitor.requests}
    assert hosts <= {('127.0.0.1', stack.port), ('127.0.0.1', stack.socket_port)}, 'a page asked another host: %s' % hosts
    assert visitor.dialogs == [] and visitor.failures == []
    expected = (*GONE, *(LOST_LINE if visitor.may_lose_the_line else ()))
    assert [line for line in visitor.console if not any(word in line for word in expected)] == []
    assert stack.tickets() == []


def _show(visitors, stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp('screenshots')
    for number, page in enumerate(page for visitor in visitors for page in visitor.context.pages):
        with contextlib.suppress(Exception):
            page.screenshot(path=folder / ('%d.png' % number), full_page=True)
            print('--- page %d: %s' % (number, page.url))
    for visitor in visitors:
        print('--- console of %s: %s' % (visitor.name, visitor.console))
    print('--- screenshots in %s\n%s' % (folder, stack.logs()))
