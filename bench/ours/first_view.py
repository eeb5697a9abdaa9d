"""How long the first view of a chat takes in Chromium: a processor four times slower, nothing cached, as somebody comes for the first time.

    python -m ours.first_view [VIEWS]     # in the folder bench; prints JSON

The largest contentful paint, and the longest task of the page by processor time, from a trace: what the clock says of a task is as
long as other programs want the processor. The median of the views.
"""
import json
import shutil
import statistics
import sys
import tempfile
import time

from browsing import OPTIONS, chromium, longest_task
from playwright.sync_api import sync_playwright
from referee.rounds import LEFT_OUT
from sites.paged import Paged

MESSAGES, CONVERSATIONS, VIEWS, THROTTLE, SETTLE_SECONDS = 1_000, 100, 5, 4, 1.5
CATEGORIES = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline']
PAGE = '/messenger/messaging/chat/2'
PAINTED = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({ type: 'largest-contentful-paint', buffered: true }))"""


def main(arguments):
    if not chromium():
        return {LEFT_OUT: 'there is no Chromium'}
    folder = tempfile.mkdtemp(prefix='bench-')
    site = Paged(folder, MESSAGES, CONVERSATIONS)
    try:
        site.stack.start_sidecar()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
            views = [view(browser, site) for _ in range(1 + (int(arguments[0]) if arguments else VIEWS))][1:]
        return {name: statistics.median(one[name] for one in views) for name in views[0]}
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)


def view(browser, site):
    """Return the figures of one view, by a browser that has never been here but is logged in."""
    context = browser.new_context(base_url=site.stack.url, viewport={'width': 1280, 'height': 800})
    context.add_cookies([dict(zip(('name', 'value'), pair.split('=', 1)), url=site.stack.url) for pair in site.ours.split('; ')])
    page = context.new_page()
    page.context.new_cdp_session(page).send('Emulation.setCPUThrottlingRate', {'rate': THROTTLE})
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(PAGE)
    page.wait_for_selector('#connection[data-state=online]', state='attached')
    time.sleep(SETTLE_SECONDS)
    painted = page.evaluate(PAINTED)
    events = json.loads(browser.stop_tracing())['traceEvents']
    context.close()
    return {'lcp_s': painted / 1000, 'longest_task_ms': longest_task(events)}


if __name__ == '__main__':
    print(json.dumps(main(sys.argv[1:])))
