"""What the benches of pages in a browser share: which browser, and what its traces say.

Must not live here: what is done in it.
"""
import shutil

BROWSERS = ('chromium-headless-shell', 'chromium')
# Where no graphics card is, painting without one takes less than pretending one.
OPTIONS = ('--no-sandbox', '--disable-gpu')


def chromium():
    """Return where it is, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def longest_task(events):
    """Return the ms of processor time of the longest task on the thread that scripts, layout and paint share."""
    threads = {(event['pid'], event['tid']) for event in events
               if event['name'] == 'thread_name' and event['args']['name'] == 'CrRendererMain'}
    events = [event for event in events if (event['pid'], event['tid']) in threads and event.get('ph') == 'X']
    # What this program asks of the page is no work of the page, and the browser tidies its memory when it finds the time.
    others = [event for event in events if event['name'] == 'MajorGC'
              or 'DevToolsSession' in str(event.get('args', {}).get('chrome_mojo_event_info'))]
    tasks = [event for event in events if event['name'].endswith('RunTask') and not any(_holds(event, one) for one in others)]
    return max((task.get('tdur', 0) for task in tasks), default=0) / 1000


def _holds(task, event):
    return task['pid'] == event['pid'] and task['tid'] == event['tid'] and task['ts'] <= event['ts'] <= task['ts'] + task['dur']
