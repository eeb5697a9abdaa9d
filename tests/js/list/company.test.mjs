// Who is here and who types: what the line tells of it, and what it is told.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Presence } from '../../../applications/messenger/static/js/list/model/presence.js';
import { lastSeen } from '../../../applications/messenger/static/js/shown/times.js';
import { Typing } from '../../../applications/messenger/static/js/list/model/typing.js';
import { PretendClock } from '../pretend.mjs';

const SEEN = '2026-11-23T09:02:00Z', LATER = '2026-11-23T10:00:00Z';
let changes, clock, said, isOpen, typing;

beforeEach(() => {
    clock = new PretendClock();
    said = [];
    changes = 0;
    isOpen = true;
    typing = new Typing({
        clock, say: frame => isOpen && said.push(frame) > 0,
        onChange: () => {
            changes += 1;
        },
    });
});

test('who is here is known by the line, and since when others are not by line and list', () => {
    const presence = new Presence();
    const known = () => [2, 3].map(person => [presence.isHere(person), presence.lastSeen(person)]);
    presence.learn([{ user_id: 2, last_seen: SEEN }, { user_id: 3 }]);
    assert.deepEqual(known(), [[false, SEEN], [false, undefined]]);
    assert.equal(presence.hear({ type: 'presence', user_id: 2, online: true }), true);
    assert.deepEqual(known(), [[true, undefined], [false, undefined]]);
    presence.hear({ type: 'presence', user_id: 2, online: false, last_seen: LATER });
    assert.deepEqual(known(), [[false, LATER], [false, undefined]]);
    presence.learn([{ user_id: 2 }]);
    assert.deepEqual(known(), [[false, undefined], [false, undefined]], 'they have hidden it');
    assert.equal(presence.hear({ type: 'message', user_id: 3, online: true }), false);
});

test('without the line nobody is known to be here', () => {
    const presence = new Presence();
    presence.hear({ type: 'presence', user_id: 2, online: true });
    presence.forget();
    assert.equal(presence.isHere(2), false);
});

test('the minute in which somebody was seen is said by the reader\'s own days', () => {
    const said = (seen, now) => lastSeen(seen, 'en-GB', new Date(now));
    assert.deepEqual(said('2026-11-23T09:02:00', '2026-11-23T23:59:00'), { day: 'today', text: '09:02' });
    assert.deepEqual(said('2026-11-23T09:02:00', '2026-11-24T00:01:00'), { day: 'yesterday', text: '09:02' });
    assert.deepEqual(said('2026-02-28T09:02:00', '2026-03-01T12:00:00'), { day: 'yesterday', text: '09:02' });
    assert.deepEqual(said('2026-11-23T09:02:00', '2026-11-25T00:01:00'), { day: 'date', text: '23 Nov 2026' });
    assert.deepEqual(said('never', '2026-11-25T00:01:00'), { day: 'date', text: '' });
});

test('typing is told every four seconds for as long as the text changes, and only where there is a conversation', () => {
    for (let tenths = 0; tenths < 90; tenths += 1) {
        typing.wrote(9, 'hello');
        clock.pass(0.1);
    }
    assert.deepEqual(said, Array(3).fill({ type: 'typing', conversation: 9 }));
    clock.pass(60);
    assert.equal(said.length, 3, 'a text that lies there is not being typed');
    typing.wrote(null, 'hello');
    typing.wrote(9, ' \n');
    assert.equal(said.length, 3);
});

test('what could not be told is told with the next key', () => {
    isOpen = false;
    typing.wrote(9, 'h');
    isOpen = true;
    typing.wrote(9, 'he');
    assert.equal(said.length, 1);
});

test('who types is believed for six seconds, anew with each frame, and changes once however many tabs they have', () => {
    const frame = { type: 'typing', conversation: 9, user_id: 2 };
    [frame, frame, frame].forEach(one => typing.hear(one));
    assert.deepEqual([typing.isTyping(9, 2), typing.isTyping(8, 2), typing.isTyping(9, 3), changes], [true, false, false, 1]);
    clock.pass(5);
    typing.hear(frame);
    clock.pass(5.9);
    assert.deepEqual([typing.isTyping(9, 2), changes], [true, 1]);
    clock.pass(0.2);
    assert.deepEqual([typing.isTyping(9, 2), changes], [false, 2]);
});

test('who has written has ended typing, in that conversation', () => {
    typing.hear({ type: 'typing', conversation: 9, user_id: 2 });
    typing.hear({ type: 'message', conversation: 8, sender_id: 2 });
    typing.hear({ type: 'message', conversation: 9, sender_id: 1 });
    assert.equal(typing.isTyping(9, 2), true);
    typing.hear({ type: 'message', conversation: 9, sender_id: 2 });
    assert.deepEqual([typing.isTyping(9, 2), changes], [false, 2]);
    clock.pass(10);
    assert.equal(changes, 2);
});
