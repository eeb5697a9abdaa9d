// The line that says whether the page is live, and what it does not say.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Status } from '../../../applications/messenger/static/js/page/status.js';
import { PretendClock } from '../pretend.mjs';

let clock, status, said;

beforeEach(() => {
    said = [];
    clock = new PretendClock();
    const line = { dataset: {}, replaceChildren: text => said.push(text) };
    status = new Status({ line, clock, links: {}, texts: { online: 'Live', silent: 'Connecting', slow: 'Busy' } });
});

test('a server that is frozen and goes on is not called busy for a moment', () => {
    for (const [state, seconds] of [['online', 9], ['silent', 4], ['slow', 0.1], ['slow', 0.1], ['online', 9]]) {
        status.show(state);
        clock.pass(seconds);
    }
    assert.deepEqual(said, ['Live', 'Connecting', 'Live']);
});

test('one that lets something wait is, and once', () => {
    for (const [state, seconds] of [['silent', 4], ['slow', 0.6], ['slow', 0.6], ['slow', 9], ['online', 1]]) {
        status.show(state);
        clock.pass(seconds);
    }
    assert.deepEqual(said, ['Connecting', 'Busy', 'Live']);
});
