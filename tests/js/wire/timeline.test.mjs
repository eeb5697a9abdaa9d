import assert from 'node:assert/strict';
import test from 'node:test';
import { Timeline } from '../../../applications/messenger/static/js/wire/timeline.js';

const EPOCH = 'e1';
const message = (seq, id = seq) => ({ type: 'message', seq, id });
const at = seq => new Timeline({ seq, epoch: EPOCH });
const welcome = seq => ({ type: 'welcome', seq, epoch: EPOCH });
const asked = (timeline, frame) => (timeline.welcome(frame), timeline.question);
const synced = (seq, more) => ({ type: 'synced', seq, epoch: EPOCH, ...more });

test('a page that is up to date asks for nothing, and pushes move its position', () => {
    const timeline = at(7);
    timeline.welcome(welcome(7));
    assert.equal(timeline.question, null);
    assert.equal(timeline.take(message(9)), true);
    assert.equal(timeline.seq, 9);
});

test('a page that is behind syncs from its own position', () => {
    assert.deepEqual(asked(at(7), welcome(12)), { type: 'sync', since: 7, epoch: EPOCH });
});

test('a page that is ahead of the server asks, so that a database that went back is noticed', () => {
    assert.deepEqual(asked(at(20), welcome(12)), { type: 'sync', since: 20, epoch: EPOCH });
});

test('another epoch is asked about even at the same position', () => {
    assert.deepEqual(asked(at(7), { ...welcome(7), epoch: 'e2' }), { type: 'sync', since: 7, epoch: EPOCH });
});

test('a push before the sync is complete is shown and moves nothing', () => {
    const timeline = at(5);
    timeline.welcome(welcome(300));
    assert.equal(timeline.take(message(301)), true);
    assert.equal(timeline.seq, 5);
    timeline.take(message(6));
    assert.deepEqual(timeline.synced(synced(205, { more: true })), { more: true });
    assert.deepEqual(timeline.question, { type: 'sync', since: 205, epoch: EPOCH });
    assert.equal(timeline.take(message(302)), true);
    assert.equal(timeline.seq, 205, 'a push between two pages must not jump over the second one');
});

test('a connection that breaks between two pages goes on from the page that came whole', () => {
    const timeline = at(5);
    timeline.welcome(welcome(400));
    timeline.synced(synced(205, { more: true }));
    timeline.take(message(401));
    timeline.take(message(206));
    timeline.lose();
    assert.equal(asked(timeline, welcome(401)).since, 205);
});

test('after the last page pushes move the position again', () => {
    const timeline = at(5);
    timeline.welcome(welcome(8));
    timeline.take(message(8));
    assert.deepEqual(timeline.synced(synced(10)), {});
    assert.equal(timeline.seq, 10);
    timeline.take(message(11));
    assert.equal(timeline.seq, 11);
});

test('a sync and a push that bring the same message show it once', () => {
    const timeline = at(5);
    timeline.welcome(welcome(6));
    assert.equal(timeline.take(message(7)), true);
    assert.equal(timeline.take(message(6)), true);
    assert.equal(timeline.take(message(7)), false);
});

test('a message that is on the page already is known', () => {
    const timeline = at(5);
    timeline.see(3);
    assert.equal(timeline.take(message(9, 3)), false);
});

test('an event that comes late is shown and never moves the position back', () => {
    const timeline = at(5);
    timeline.welcome(welcome(5));
    timeline.take(message(9));
    assert.equal(timeline.take(message(8)), true);
    assert.equal(timeline.seq, 9);
    timeline.synced(synced(6));
    assert.equal(timeline.seq, 9);
});

test('events that are no messages are handed on each time', () => {
    const timeline = at(5);
    timeline.welcome(welcome(5));
    const read = { type: 'read', seq: 6, conversation: 1, user_id: 2, number: 4 };
    assert.equal(timeline.take(read), true);
    assert.equal(timeline.take(read), true);
    assert.equal(timeline.seq, 6);
});

test('a lost connection takes the promise with it', () => {
    const timeline = at(5);
    timeline.welcome(welcome(5));
    timeline.lose();
    timeline.take(message(9));
    assert.equal(timeline.seq, 5);
});

test('a reset goes on from where the server says, backwards too, and forgets the ids', () => {
    const timeline = at(50);
    timeline.see(3);
    timeline.welcome(welcome(9));
    assert.deepEqual(timeline.synced(synced(9, { reset: true })), { reset: true });
    assert.equal(timeline.seq, 9);
    assert.equal(timeline.take(message(10, 3)), true);
    assert.equal(timeline.seq, 10, 'after a reset pushes count');
});

test('another epoch is a reset though the server does not say so', () => {
    const timeline = at(5);
    timeline.welcome({ ...welcome(5), epoch: 'e2' });
    assert.deepEqual(timeline.synced({ seq: 8, epoch: 'e2' }), { reset: true });
    assert.deepEqual([timeline.seq, timeline.epoch], [8, 'e2']);
});

test('pages over HTTP move the position but promise nothing about a socket', () => {
    const timeline = at(5);
    timeline.welcome(welcome(300));
    assert.deepEqual(timeline.page(synced(100, { more: true })), { more: true });
    timeline.take(message(301));
    assert.equal(timeline.seq, 100);
    assert.deepEqual(timeline.page(synced(120, { more: false })), {});
    timeline.take(message(302));
    assert.equal(timeline.seq, 120);
});

test('whatever is cut where, nothing is missed and nothing is shown twice', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
        const { expected, shown } = cutSomewhere(seed);
        assert.deepEqual(shown.sort((one, other) => one - other), expected, `seed ${seed}`);
    }
});

// A server with a growing feed, pages of three, and a connection that may break after any frame.
function cutSomewhere(seed) {
    let state = seed;
    const chance = most => (state = (state * 1103515245 + 12345) % 2147483648) % most;
    const feed = [];
    const timeline = at(0);
    const shown = [];
    const deliver = event => timeline.take(event) && shown.push(event.id);
    for (let connection = 0; connection < 12; connection += 1) {
        grow(feed, chance(9));
        const head = feed.length;
        timeline.welcome(welcome(head));
        let pushed = head;
        for (let frame = 0; connection === 11 || frame < chance(9); frame += 1) {
            if (connection < 11 && chance(2)) {
                grow(feed, 1);
                deliver(feed[pushed++]);
            } else if (timeline.question) {
                answer(feed, timeline.question, timeline, deliver);
            } else if (connection === 11) {
                break;
            }
        }
        timeline.lose();
    }
    return { expected: feed.map(event => event.id), shown };
}

function grow(feed, count) {
    for (let one = 0; one < count; one += 1) {
        feed.push(message(feed.length + 1));
    }
}

function answer(feed, { since }, timeline, deliver) {
    const page = feed.slice(since, since + 3);
    page.forEach(deliver);
    timeline.synced(synced(since + page.length, since + page.length < feed.length ? { more: true } : {}));
}
