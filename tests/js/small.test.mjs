import assert from 'node:assert/strict';
import test from 'node:test';
import { socketAddress } from '../../applications/messenger/static/js/wire/address.js';
import { newRef } from '../../applications/messenger/static/js/unsent/ref.js';
import { Thread } from '../../applications/messenger/static/js/thread/model/thread.js';
import { localeOf, localTime } from '../../applications/messenger/static/js/shown/times.js';
import { CLOSES, parse } from '../../applications/messenger/static/js/wire/frames.js';

const HERE = { url: '', port: '8001', path: '/messenger/messaging/stream/listen' };

test('the socket is at the page\'s host and the sidecar\'s port', () => {
    assert.equal(socketAddress(HERE, new URL('http://chat.example:8000/x')), 'ws://chat.example:8001/messenger/messaging/stream/listen?v=1');
});

test('a page over https opens its socket over wss', () => {
    assert.match(socketAddress(HERE, new URL('https://chat.example/x')), /^wss:\/\/chat\.example:8001\//);
});

test('a host that is an IPv6 address keeps its brackets', () => {
    assert.match(socketAddress(HERE, new URL('http://[::1]:8000/x')), /^ws:\/\/\[::1\]:8001\//);
});

test('a configured address wins, and keeps its own query', () => {
    const page = new URL('https://chat.example/x');
    assert.equal(socketAddress({ ...HERE, url: 'wss://live.example/ws' }, page), 'wss://live.example/ws?v=1');
    assert.equal(socketAddress({ ...HERE, url: 'wss://live.example/ws?a=b' }, page), 'wss://live.example/ws?a=b&v=1');
});

test('refs differ, and are of the characters the wire allows', () => {
    const refs = new Set(Array.from({ length: 1000 }, () => newRef()));
    assert.equal(refs.size, 1000);
    refs.forEach(ref => assert.match(ref, /^[A-Za-z0-9._:-]{1,64}$/));
});

test('a ref can be made where randomUUID is missing', () => {
    const insecure = { getRandomValues: bytes => bytes.fill(171) };
    assert.equal(newRef(insecure), 'ab'.repeat(16));
});

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

test('what is no frame is no frame', () => {
    ['', '{', 'null', '[]', '7', '"x"', '{}', '{"type":5}'].forEach(text => assert.equal(parse(text), null, text));
    assert.deepEqual(parse('{"type":"pong","future":1}'), { type: 'pong', future: 1 });
});

test('every close code that ends the connection for good is one of the 4000s', () => {
    const ending = Object.keys(CLOSES).filter(code => CLOSES[code].state);
    assert.deepEqual(ending, ['4401', '4403', '4409']);
});

test('a page shows its own conversation and nothing else', () => {
    const thread = new Thread({ userId: 1, otherId: 2, conversation: null });
    assert.equal(thread.has({ conversation: 9, sender_id: 2, receiver_id: 1 }), true);
    assert.equal(thread.has({ conversation: 9, sender_id: 1, receiver_id: 2 }), true);
    assert.equal(thread.has({ conversation: 8, sender_id: 3, receiver_id: 1 }), false);
    assert.equal(thread.has({ conversation: 8, sender_id: 1, receiver_id: 1 }), false);
    assert.equal(thread.has({ conversation: 7, sender_id: 2 }), false, 'the other in a group is another conversation');
    thread.learn(9);
    thread.learn(10);
    assert.equal(thread.conversation, 9);
    assert.equal(thread.has({ conversation: 9 }), true, 'a former member has no id');
});

test('notes to oneself are a conversation of their own', () => {
    const thread = new Thread({ userId: 1, otherId: 1, conversation: null });
    assert.equal(thread.has({ conversation: 4, sender_id: 1, receiver_id: 1 }), true);
    assert.equal(thread.has({ conversation: 9, sender_id: 1, receiver_id: 2 }), false);
});

test('a receipt is what the other member says about this conversation', () => {
    const thread = new Thread({ userId: 1, otherId: 2, conversation: 9 });
    const read = { type: 'read', conversation: 9, user_id: 2, number: 4 };
    assert.equal(thread.isReceipt(read), true);
    assert.equal(thread.isReceipt({ ...read, type: 'delivered' }), true);
    assert.equal(thread.isReceipt({ ...read, type: 'message' }), false);
    assert.equal(thread.isReceipt({ ...read, user_id: 1 }), false, 'what one has read oneself');
    assert.equal(thread.isReceipt({ ...read, conversation: 8 }), false);
    const notes = new Thread({ userId: 1, otherId: 1, conversation: 9 });
    assert.equal(notes.isReceipt({ ...read, user_id: 1 }), false);
});
