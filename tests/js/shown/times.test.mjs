import assert from 'node:assert/strict';
import test from 'node:test';
import { localeOf, localTime } from '../../../applications/messenger/static/js/shown/times.js';

test('a time of today is shown without its date, another with it', () => {
    const now = new Date('2026-11-23T12:00:00Z');
    assert.doesNotMatch(localTime('2026-11-23T12:00:01Z', 'en', now), /2026/);
    assert.match(localTime('2026-11-20T09:02:11Z', 'en', now), /2026/);
});

test('the reader\'s country decides how the page\'s language writes times', () => {
    assert.equal(localeOf('en', ['de-DE', 'en-GB', 'en-US']), 'en-GB');
    assert.equal(localeOf('en', ['de-DE', 'fr']), 'en');
    assert.equal(localeOf('', []), '');
    assert.equal(localTime('2026-11-23T14:05:00', 'en-GB', new Date('2026-11-23T01:00:00')), '14:05');
});

test('a page whose language is no language still shows times', () => {
    assert.match(localTime('2026-11-20T09:02:11Z', 'no such_tongue', new Date()), /\d/);
    assert.equal(localTime('yesterday', 'en'), '');
});
