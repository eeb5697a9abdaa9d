import assert from 'node:assert/strict';
import test from 'node:test';
import { Backoff } from '../../../applications/messenger/static/js/wire/backoff.js';

test('waits double from half a second up to thirty', () => {
    const backoff = new Backoff({ random: () => 1 });
    assert.deepEqual(Array.from({ length: 8 }, () => backoff.next()), [0.5, 1, 2, 4, 8, 16, 30, 30]);
});

test('any wait between nothing and the most is possible', () => {
    const draws = [0, 0.5, 0.25];
    const backoff = new Backoff({ random: () => draws.shift() });
    assert.deepEqual([backoff.next(), backoff.next(), backoff.next()], [0, 0.5, 0.5]);
});

test('a reset starts over', () => {
    const backoff = new Backoff({ random: () => 1 });
    backoff.next();
    backoff.next();
    backoff.reset();
    assert.equal(backoff.next(), 0.5);
});
