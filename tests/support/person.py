"""What somebody does in a browser, in the words of the product."""
import re
import time

from member import PASSWORD
from playwright.sync_api import expect

LIVE, LOST = 'online', re.compile('reconnecting|carried|unanswered')    # without a socket


class Person:
    """One browser, with whatever it complained about."""

    def __init__(self, stack, context, first, last, email):
        self.stack, self.context, self.first, self.last, self.email = stack, context, first, last, email
        self.name, self.password = '%s %s' % (first, last), PASSWORD
        self.console, self.dialogs, self.requests, self.failures = [], [], [], []
        self.may_lose_the_line = False
        context.on('console', lambda message: message.type in ('error', 'warning') and self.console.append(message.text))
        context.on('weberror', lambda failure: self.failures.append(str(failure.error)))
        context.on('dialog', self._dismiss)
        context.on('request', lambda request: self.requests.append(request.url))
        context.on('page', lambda page: page.on('websocket', lambda socket: self.requests.append(socket.url)))
        self.page = context.new_page()

    def _dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def id(self):
        return self.stack.query('SELECT id FROM auth_user WHERE email = ?', self.email)[0][0]

    # -- the account --

    def register(self):
        self.page.goto('/messenger/default/user/register')
        for name, value in (('first_name', self.first), ('last_name', self.last), ('email', self.email),
                            ('password', self.password), ('password_two', self.password)):
            self.page.fill('input[name=%s]' % name, value)
        self.page.click('input[type=submit]')
        expect(self.page.get_by_role('heading', name='Inbox')).to_be_visible()

    def join(self):
        """Be registered and logged in, without a page: for who is to be somewhere else at once."""
        member = self.stack.welcome(self.first, self.last, self.email)
        self.context.add_cookies([{'name': cookie.name, 'value': cookie.value, 'url': self.stack.url} for cookie in member.cookies])

    def takes_over(self, other):
        """Be logged in as somebody is in another browser, in one that has never run a script."""
        self.context.add_cookies([cookie for cookie in other.context.cookies() if cookie['name'] != 'messenger_js'])

    def log_in(self):
        self.page.goto('/messenger/default/user/login')
        self.page.fill('input[name=email]', self.email)
        self.page.fill('input[name=password]', self.password)
        self.page.click('input[type=submit]')
        expect(self.page.get_by_role('heading', name='Inbox')).to_be_visible()

    def log_out(self, page=None):
        page = page or self.page
        page.get_by_role('link', name='Log out').click()
        page.get_by_role('button', name='Log out').click()

    def leave(self):
        """Be nowhere. Every live page tells that what it gets has arrived, and complains when its reader is blocked while it asks."""
        self.page.goto('about:blank')

    # -- writing and reading --

    def open_chat(self, other, page=None, live=True):
        page = page or self.page
        page.goto('/messenger/messaging/chat/%d' % other.id)
        if live:
            self.sees_state(LIVE, page)

    def new_tab(self, other):
        page = self.context.new_page()
        self.open_chat(other, page)
        return page

    def write(self, text, page=None):
        field = (page or self.page).locator('#composer textarea')
        field.fill(text)
        field.press('Control+Enter')    # sends on touch screens, too

    def send_by_form(self, receiver, text):
        self.page.goto('/messenger/messaging/send_message')
        self.page.fill('input[name=receiver]', receiver)
        self.page.fill('textarea[name=content]', text)
        self.page.get_by_role('button', name='Send').click()
        expect(self.page.locator('.flash')).to_have_text('Message sent successfully!')

    def sees(self, *texts, page=None):
        """Expect exactly these messages, in this order, all of them sent."""
        expect((page or self.page).locator('#messages .message__content')).to_have_text(list(texts))
        expect((page or self.page).locator('#messages .message--pending, #messages .message--failed')).to_have_count(0)

    def sees_state(self, state, page=None, seconds=15):
        expect((page or self.page).locator('#connection')).to_have_attribute('data-state', state, timeout=seconds * 1000)

    def comes_back(self, page=None, seconds=15):
        """Turn to the page, now that the line can be there again, until it is: its own next attempt may be half a minute away."""
        page, deadline = page or self.page, time.monotonic() + seconds
        while page.locator('#connection').get_attribute('data-state') != LIVE and time.monotonic() < deadline:
            page.evaluate("dispatchEvent(new Event('focus'))")
            page.wait_for_timeout(100)
        self.sees_state(LIVE, page)


def press_while_composing(locator, *keys):
    """Press keys as an input method does that composes a word in the field: as browsers say it, and as Safari does."""
    locator.evaluate('''(field, keys) => keys.forEach(key => [{ isComposing: true }, { keyCode: 229 }].forEach(said => field.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...said }))))''', keys)


def press_until(page, locator, key='Tab', most=60):
    """Press the key until the element has the focus; fails when it never gets it."""
    for _ in range(most):
        if locator.evaluate('element => element === document.activeElement'):
            return
        page.keyboard.press(key)
    raise AssertionError('the keyboard never gets there')
