"""Makes the pictures of the README: two members really chat, in Chromium. Run with the virtualenv of `./setup_env.sh test`."""
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / 'tests'))

from stack import PASSWORD, Stack  # noqa: E402

TALK = (
    (0, 'Good morning! Did the seeds arrive?'),
    (1, 'They did, yesterday evening 🌱'),
    (1, 'Tomatoes, beans, and one packet nobody can name.'),
    (0, 'Let us plant that one first.'),
)


def main():
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), ROOT / '.messenger' / 'web2py') as stack, sync_playwright() as play:
        names = (('Ada', 'Lovelace'), ('Bob', 'Kahn'))
        members = [stack.register(first, last, '%s@example.com' % first.lower(), PASSWORD) for first, last in names]
        browser = play.chromium.launch(executable_path=shutil.which('chromium'), args=['--no-sandbox'])
        pages = [open_chat(browser, stack, member, other) for member, other in zip(members, reversed(members))]
        for author, text in TALK:
            pages[author].fill('#composer textarea', text)
            pages[author].press('#composer textarea', 'Enter')
            for page in pages:
                page.get_by_text(text).wait_for()
        pages[0].screenshot(path=ROOT / 'docs' / 'images' / 'chat.png')
        browser.close()


def open_chat(browser, stack, member, other):
    page = browser.new_context(viewport={'width': 900, 'height': 560}).new_page()
    page.goto(stack.url + '/messenger/default/user/login')
    page.fill('[name=email]', member.email)
    page.fill('[name=password]', member.password)
    page.press('[name=password]', 'Enter')
    page.wait_for_url('**/messaging**')
    page.goto('%s/messenger/messaging/chat/%d' % (stack.url, other.id))
    return page


if __name__ == '__main__':
    main()
