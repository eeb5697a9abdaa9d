// What is said to those who hear the page.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Announcements } from '../../../applications/messenger/static/js/thread/model/announcements.js';
import { PretendClock } from '../pretend.mjs';

let announcements, clock, said, warned;

beforeEach(() => {
    clock = new PretendClock();
    said = [];
    warned = [];
    announcements = new Announcements({
        clock, say: text => said.push(text), warn: text => warned.push(text), many: count => `${count} new messages`,
        texts: { sent: 'Sent', delivered: 'Delivered', read: 'Seen', failed: 'Not sent.' },
    });
});

test('a message that arrives is said with its author', () => {
    announcements.arrived({ name: 'Bob $& Ray', content: 'Hello $1' });
    assert.deepEqual(said, []);
    clock.pass(1);
    assert.deepEqual(said, ['Bob $& Ray: Hello $1']);
    clock.pass(60);
    assert.equal(said.length, 1);
});

test('a few that come together are said one by one, of many only how many they are', () => {
    [1, 2, 3].forEach(number => announcements.arrived({ name: 'Bob', content: String(number) }));
    clock.pass(1);
    assert.deepEqual(said.splice(0), ['Bob: 1', 'Bob: 2', 'Bob: 3']);
    [1, 2, 3, 4].forEach(number => announcements.arrived({ name: 'Bob', content: String(number) }));
    clock.pass(1);
    assert.deepEqual(said, ['4 new messages']);
});

test('of a long message the beginning is said', () => {
    announcements.arrived({ name: 'Bob', content: 'x'.repeat(9000) });
    clock.pass(1);
    assert.equal(said[0].length, 'Bob: '.length + 302);
});

test('of one\'s own messages it is said once that they are sent and once that they are seen', () => {
    announcements.sent(7);
    clock.pass(1);
    announcements.seen(6);
    clock.pass(1);
    assert.deepEqual(said, ['Sent']);
    announcements.seen(7);
    announcements.seen(8);
    clock.pass(1);
    announcements.seen(9);
    clock.pass(1);
    assert.deepEqual(said, ['Sent', 'Seen']);
});

test('what is seen at once is not said to be sent', () => {
    announcements.sent(7);
    announcements.seen(7);
    clock.pass(1);
    assert.deepEqual(said, ['Seen']);
});

test('what others have seen before this page was there is not news', () => {
    announcements.seen(5);
    clock.pass(1);
    assert.deepEqual(said, []);
    announcements.sent(9);
    clock.pass(1);
    announcements.forget();
    announcements.seen(9);
    clock.pass(1);
    assert.deepEqual(said, ['Sent'], 'after a reset numbers start over');
});

test('a failure doesn\'t wait', () => {
    announcements.failed();
    assert.deepEqual(warned, ['Not sent.']);
});
