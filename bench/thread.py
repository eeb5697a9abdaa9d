"""How long the page of a long conversation keeps its browser busy: scrolling, a message that arrives, typing and sending.

In Chromium, with as many messages in the page as asked for, on a processor made slower by the browser itself. Long tasks are those of
over 50 ms, as the browser counts them (PerformanceObserver); an interaction lasts from the key until something new is painted (Event
Timing). Both are what the clock says, and long where other programs want the processor; the processor time of the longest task (from a
trace) is the page's own.

    python bench/thread.py [--messages 10000] [--throttle 4]
"""
import interpreter  # noqa: F401

# isort: split
import argparse
import contextlib
import datetime
import json
import sys
import tempfile
from pathlib import Path

from browsing import OPTIONS, chromium, longest_task
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / 'tests' / 'support'), str(ROOT)]

from member import PASSWORD  # noqa: E402
from stack import Stack  # noqa: E402

ARRIVALS, LOADED_SLOWLY, PAUSE_MILLISECONDS = 10, 300, 500
TEXTS = ('Yes.', 'What one writes to another, and no more.', 'See https://example.com/a_(b), and tell me what you think of it. ' * 3, '🌱')
INSERT = 'INSERT INTO message (sender, receiver, content, timestamp, is_read) VALUES (?, ?, ?, ?, ?)'
WATCH = """() => {
    window.tasks = [];
    window.interactions = new Map();
    new PerformanceObserver(list => list.getEntries().forEach(entry => tasks.push(entry.duration))).observe({ type: 'longtask' });
    new PerformanceObserver(list => list.getEntries().forEach(({ interactionId, duration }) => {
        interactionId && interactions.set(interactionId, Math.max(duration, interactions.get(interactionId) ?? 0));
    })).observe({ type: 'event', durationThreshold: 16 });
}"""
TAKE = """() => {
    const taken = [tasks.splice(0), Array.from(interactions.values())];
    interactions.clear();
    return taken;
}"""
LAST_IS = """text => document.querySelector('.thread__pieces').lastElementChild.lastElementChild
    .querySelector('.message__content').textContent === text"""
LOAD = """first => new Promise(done => {
    const list = document.getElementById('messages');
    const look = () => {
        // Away from the beginning when it is done, or the page would load on.
        const isDone = Number(list.querySelector('[data-number]').dataset.number) <= first;
        list.scrollTop = isDone ? 0 : list.clientHeight - list.scrollHeight;
        isDone ? done() : setTimeout(look, 50);
    };
    look();
})"""
# A wheel's turns up through the list and back, one in each frame.
SCROLL = """frames => new Promise(done => {
    const list = document.getElementById('messages');
    const step = left => {
        list.scrollTop += left > frames / 2 ? -240 : 240;
        left ? requestAnimationFrame(() => step(left - 1)) : done();
    };
    step(frames);
})"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--messages', type=int, default=10_000)
    parser.add_argument('--throttle', type=float, default=4, help='how many times slower than this machine the browser is to be')
    asked = parser.parse_args()
    web2py = ROOT / '.messenger' / 'web2py'
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), web2py, sends_per_second=100, burst=100) as stack:
        ann, bob = (stack.register(name, 'Lee', '%s@example.com' % name.lower()) for name in ('Ann', 'Bob'))
        fill(stack, ann.id, bob.id, asked.messages)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
            measure(Thread(browser, stack, ann, bob), asked, lambda text: bob.send(ann.id, text))


def fill(stack, ann, bob, count):
    start = datetime.datetime(2026, 1, 1)
    with stack.connect() as connection:
        connection.executemany(INSERT, [
            (*(ann, bob)[::1 if number % 3 else -1], TEXTS[number % len(TEXTS)], str(start + datetime.timedelta(seconds=40 * number)), 'T')
            for number in range(count)])


class Thread:
    """The page of a conversation in a browser."""

    def __init__(self, browser, stack, member, other):
        self.browser = browser
        self.page = browser.new_context(base_url=stack.url, viewport={'width': 1280, 'height': 800}).new_page()
        self.page.goto('/messenger/default/user/login')
        self.page.fill('[name=email]', member.email)
        self.page.fill('[name=password]', PASSWORD)
        self.page.press('[name=password]', 'Enter')
        self.page.wait_for_url('**/messaging**')
        self.page.goto('/messenger/messaging/chat/%d' % other.id)
        self.page.wait_for_selector('#connection[data-state=online]', state='attached')
        self.page.evaluate(WATCH)

    def slow_down(self, times):
        self.page.context.new_cdp_session(self.page).send('Emulation.setCPUThrottlingRate', {'rate': times})

    @contextlib.contextmanager
    def watched(self, what):
        """Say what the browser had to do for what is done inside."""
        self.page.wait_for_timeout(PAUSE_MILLISECONDS)
        self.page.evaluate(TAKE)
        self.browser.start_tracing(page=self.page, categories=['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'])
        yield
        self.page.wait_for_timeout(PAUSE_MILLISECONDS)
        tasks, interactions = self.page.evaluate(TAKE)
        say(what, tasks, interactions, longest_task(json.loads(self.browser.stop_tracing())['traceEvents']))

    def shows(self, text):
        # Playwright's own search for a text would look through the whole list, in the page.
        self.page.wait_for_function(LAST_IS, arg=text)

    def scroll_to(self, share):
        self.page.evaluate("share => { const list = document.getElementById('messages');"
                           'list.scrollTop = (list.clientHeight - list.scrollHeight) * share; }', share)

    def write(self, text):
        self.page.locator('#composer textarea').press_sequentially(text, delay=60)
        self.page.keyboard.press('Enter')
        self.shows(text)


def measure(thread, asked, send):
    with thread.watched('at full speed, loading them on the way up'):
        thread.page.evaluate(LOAD, LOADED_SLOWLY)
    thread.slow_down(asked.throttle)
    print('--- processor %g times slower' % asked.throttle)
    with thread.watched('loading the last %d' % LOADED_SLOWLY):
        thread.page.evaluate(LOAD, 1)
    thread.scroll_to(0.5)
    with thread.watched('scrolling 150 turns up and 150 down'):
        thread.page.evaluate(SCROLL, 300)
    for share, where in ((0, 'at the end'), (0.5, 'in the middle')):
        thread.scroll_to(share)
        with thread.watched('%d messages that arrive while one reads %s' % (ARRIVALS, where)):
            for number in range(ARRIVALS):
                send('%s %d' % (where, number))
                thread.shows('%s %d' % (where, number))
    with thread.watched('to the newest message by the button'):
        thread.page.click('#jump')
    with thread.watched('typing and sending two messages'):
        thread.write('Typed here')
        thread.write('and once more')


def say(what, tasks, interactions, longest):
    lasting = '%d long tasks' % len(tasks) + (' (%d ms)' % max(tasks) if tasks else '')
    slowest = '; slowest of %d interactions %d ms' % (len(interactions), max(interactions)) if interactions else ''
    print('%-52s %-24s longest task by processor time %d ms%s' % (what, lasting, longest, slowest), flush=True)


if __name__ == '__main__':
    main()
