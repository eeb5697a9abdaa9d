"""Makes the pictures of the README: three members really chat, in Chromium. Run with the virtualenv of `./setup_env.sh test`."""
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / 'docs' / 'images'
sys.path.insert(0, str(ROOT / 'tests' / 'support'))

from stack import PASSWORD, Stack  # noqa: E402

CAST = (('Ada', 'Lovelace'), ('Bob', 'Kahn'), ('Cleo', 'Martin'))
TALK = (
    (0, 'Good morning! Did the seeds arrive?'),
    (1, 'They did, yesterday evening 🌱'),
    (1, 'Tomatoes, beans, and one packet nobody can name.'),
    (0, 'Let us plant that one first.'),
    (0, '🌻'),
)
WIDE, PHONE = {'width': 1180, 'height': 680}, {'width': 390, 'height': 680}


def main():
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), ROOT / '.messenger' / 'web2py') as stack, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which('chromium') or shutil.which('chromium-headless-shell'),
                                       args=['--no-sandbox'])
        ada, bob, cleo = (Visitor(browser, stack, *names) for names in CAST)
        cleo.chat_with(ada)
        cleo.write('Shall I bring the watering can on Sunday?')
        pages = [ada, bob]
        ada.chat_with(bob)
        bob.chat_with(ada)
        for author, text in TALK:
            pages[author].write(text)
            for one in pages:
                one.page.get_by_text(text).last.wait_for()
        ada.page.locator('.message__state', has_text='Seen').wait_for()
        ada.page.locator('.conversation__last', has_text=TALK[-1][1]).wait_for()
        ada.page.get_by_role('button', name='No, thanks').click()
        ada.page.screenshot(path=IMAGES / 'chat.png')
        ada.page.emulate_media(color_scheme='dark')
        ada.page.set_viewport_size(PHONE)
        ada.page.screenshot(path=IMAGES / 'phone.png')
        browser.close()


class Visitor:
    """Somebody in a browser of their own, registered and logged in."""

    def __init__(self, browser, stack, first, last):
        self.stack, self.member = stack, stack.register(first, last, '%s@example.com' % first.lower(), PASSWORD)
        self.page = browser.new_context(viewport=WIDE, locale='en-GB').new_page()
        self.page.goto(stack.url + '/messenger/default/user/login')
        self.page.fill('[name=email]', self.member.email)
        self.page.fill('[name=password]', PASSWORD)
        self.page.press('[name=password]', 'Enter')
        self.page.wait_for_url('**/messaging**')

    def chat_with(self, other):
        self.page.goto('%s/messenger/messaging/chat/%d' % (self.stack.url, other.member.id))
        self.page.locator('#connection[data-state=online]').wait_for(state='attached')

    def write(self, text):
        self.page.fill('#composer textarea', text)
        self.page.locator('#composer button').click()
        self.page.get_by_text(text).last.wait_for()


if __name__ == '__main__':
    main()
