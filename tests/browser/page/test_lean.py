"""How little a page costs: bytes, requests to nobody else, and nothing that moves once it is there."""

import contextlib

import pytest
from person import LIVE
from places import APPLICATION
from places_to_see import rooms

from deploy.pack import pack

FIRST_VIEW_BYTES, ALL_BYTES = 60_000, 150_000
BYTES_PER_SECOND = 3000
SIZES = ({'width': 1280, 'height': 800}, {'width': 390, 'height': 844})
OURS = ('.css', '.js', '.svg', '.png')
SHIFT = '''() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.hadRecentInput ? 0 : entry.value; }))
        .observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 200)));
})'''
CAME_IN = '(([{ responseStart, responseEnd }]) => responseEnd - responseStart)(performance.getEntriesByType("navigation"))'


def test_all_that_a_site_hands_out_is_small():
    pack(APPLICATION / 'static')
    files = [path for name in ('packed', 'images') for path in (APPLICATION / 'static' / name).iterdir() if path.suffix in OURS]
    sizes = {path.name: path.stat().st_size for path in [*files, APPLICATION / 'static' / 'css' / 'dark.css']}
    assert len(sizes) > 5 and sum(sizes.values()) <= ALL_BYTES, sizes


def test_the_first_view_of_a_thread_takes_little_over_the_wire(reader):
    pack(APPLICATION / 'static')
    page, sizes = reader.context.new_page(), {}
    page.route('**/*', lambda route: route.continue_())     # else what is in the cache would cost nothing
    protocol = reader.context.new_cdp_session(page)
    names = {}
    protocol.on('Network.responseReceived', lambda event: names.update({event['requestId']: event['response']['url']}))
    protocol.on('Network.loadingFinished', lambda event: sizes.update({names.get(event['requestId']): event['encodedDataLength']}))
    protocol.send('Network.enable')
    protocol.send('Network.setCacheDisabled', {'cacheDisabled': True})
    page.goto(rooms(*reader.others)['thread'])
    reader.sees_state(LIVE, page)
    page.wait_for_load_state('networkidle')
    said = '\n'.join(map(str, sorted(sizes.items(), key=lambda one: -one[1])))
    assert len(sizes) > 3 and 0 < sum(sizes.values()) <= FIRST_VIEW_BYTES, said


def test_static_files_are_kept_for_ever_under_an_address_that_changes_with_them(reader):
    kept = {}
    reader.page.on('response', lambda answer: kept.update({answer.url: answer.headers.get('cache-control', '')}))
    reader.page.goto(rooms(*reader.others)['thread'])
    reader.sees_state(LIVE)
    static = {url: value for url, value in kept.items() if '/static/' in url}
    assert len(static) > 2
    for url, value in static.items():
        assert '/static/_' in url and 'max-age=' in value and int(value.partition('max-age=')[2].split(',')[0]) >= 31_536_000, (url, value)


@pytest.mark.parametrize('size', SIZES, ids=['wide', 'phone'])
def test_nothing_moves_once_it_is_there(reader, size):
    reader.page.set_viewport_size(size)
    moved = {}
    for name, path in rooms(*reader.others).items():
        reader.page.goto(path)
        if name == 'thread':
            reader.sees_state(LIVE)
        moved[name] = reader.page.evaluate(SHIFT)
    reader.console[:] = [line for line in reader.console if '404' not in line]
    assert {name: round(shift, 4) for name, shift in moved.items() if shift > 0.001} == {}


@pytest.mark.parametrize('size', SIZES, ids=['wide', 'phone'])
def test_a_thread_that_comes_in_slowly_does_not_climb(reader, size):
    reader.page.set_viewport_size(size)
    moved, seen_after = {}, {}
    for name in ('thread', 'context'):
        path = rooms(*reader.others)[name]
        reader.page.goto(path)      # after that only the page itself is fetched
        with slow_line(reader.page):
            reader.page.goto(path)
            moved[name], seen_after[name] = reader.page.evaluate(SHIFT), reader.page.evaluate(CAME_IN)
    assert min(seen_after.values()) > 500, 'it came in at once, which shows nothing'
    assert {name: round(shift, 4) for name, shift in moved.items() if shift > 0.001} == {}


@contextlib.contextmanager
def slow_line(page):
    protocol = page.context.new_cdp_session(page)
    protocol.send('Network.enable')
    protocol.send('Network.emulateNetworkConditions', {
        'offline': False, 'latency': 0, 'downloadThroughput': BYTES_PER_SECOND, 'uploadThroughput': -1})
    yield
    protocol.detach()
