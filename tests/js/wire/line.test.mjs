import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Backoff } from '../../../applications/messenger/static/js/wire/backoff.js';
import { Line } from '../../../applications/messenger/static/js/wire/line.js';
import { Outbox } from '../../../applications/messenger/static/js/unsent/outbox.js';
import { Polling } from '../../../applications/messenger/static/js/wire/polling.js';
import { LiveSocket } from '../../../applications/messenger/static/js/wire/socket.js';
import { Timeline } from '../../../applications/messenger/static/js/wire/timeline.js';
import { Refused, Unanswered } from '../../../applications/messenger/static/js/wire/web.js';
import { onlyTab, PretendClock, PretendSocket, settle } from '../pretend.mjs';

const welcome = (seq, more) => ({ type: 'welcome', version: 1, user_id: 1, seq, epoch: 'e', ...more });
const message = (seq, more) => ({ type: 'message', seq, id: seq, conversation: 9, number: seq, sender_id: 2, content: `m${seq}`, ...more });
let clock, line, timeline, outbox, told, server, refs;

beforeEach(() => {
    PretendSocket.opened = [];
    clock = new PretendClock();
    told = { states: [], events: [], resets: 0, sent: [], failed: [], current: [] };
    server = { pages: [], posts: [], post: async frame => ({ type: 'ack', ref: frame.ref, id: 100, seq: 100, conversation: 9, number: 1 }) };
    refs = 0;
    timeline = new Timeline({ seq: 5, epoch: 'e' });
    line = new Line({
        userId: 1, timeline, clock,
        socket: new LiveSocket({ clock, backoff: new Backoff({ random: () => 1 }), open: () => new PretendSocket() }),
        polling: new Polling({ clock, isHidden: () => false, ask: updates }),
        web: { command: frame => (server.posts.push(frame), server.post(frame)) },
    });
    outbox = new Outbox({
        clock, newRef: () => `ref-${refs += 1}`, carry: frame => line.carry(frame), keep: { load: () => [], save: () => {}, end: () => {} },
        tab: onlyTab, epoch: () => timeline.epoch,
    });
    outbox.open();
    line.unsent = outbox;
    line.onOpen = () => outbox.flush();
    line.onState = state => told.states.push(state);
    line.onEvent = event => told.events.push(event.seq);
    line.onCurrent = () => told.current.push(timeline.seq);
    line.onReset = () => { told.resets += 1; };
    outbox.onSent = entry => told.sent.push(entry.content);
    outbox.onFailed = (entry, error) => told.failed.push([entry.content, error.code]);
});

async function updates() {
    const page = server.pages.shift() ?? { events: [], seq: timeline.seq, epoch: 'e', more: false, retry_after: 5 };
    if (page instanceof Error) {
        throw page;
    }
    return { user_id: 1, ...page };
}

function online(seq = 5) {
    line.open();
    PretendSocket.last.push(welcome(seq));
}

async function withoutSocket() {
    line.open();
    PretendSocket.last.end(1006);
    clock.pass(3);
    await settle();
}

const sent = () => PretendSocket.last.sent;

test('a page that missed something syncs page by page, and shows each message once', () => {
    online(300);
    assert.deepEqual(sent(), [{ type: 'sync', since: 5, epoch: 'e' }]);
    PretendSocket.last.push(message(301));
    PretendSocket.last.push(message(6));
    PretendSocket.last.push({ type: 'synced', seq: 200, epoch: 'e', more: true });
    assert.deepEqual(sent()[1], { type: 'sync', since: 200, epoch: 'e' });
    PretendSocket.last.push(message(250));
    PretendSocket.last.push(message(301));
    PretendSocket.last.push({ type: 'synced', seq: 301, epoch: 'e' });
    assert.deepEqual(told.events, [301, 6, 250]);
    assert.equal(timeline.seq, 301);
});

test('types from the future are ignored', () => {
    online();
    ['flying', 'edited', 'constructor', 'toString', '__proto__'].forEach(
        type => PretendSocket.last.push({ type, seq: 90, id: 90 }));
    assert.deepEqual([told.events, timeline.seq], [[], 5]);
});

test('a reset is told to the page, which goes on from the new position', () => {
    online(3);
    PretendSocket.last.push({ type: 'synced', seq: 3, epoch: 'e', reset: true });
    assert.deepEqual([told.resets, timeline.seq], [1, 3]);
});

test('unanswered messages go again when the socket is back, under the same ref', () => {
    online();
    outbox.write(2, 'one');
    PretendSocket.last.end(1006);
    clock.pass(0.5);
    PretendSocket.last.push(welcome(5));
    assert.deepEqual(sent().map(frame => frame.ref), ['ref-1']);
    PretendSocket.last.push({ type: 'ack', ref: 'ref-1', id: 6, seq: 6, conversation: 9, number: 1 });
    PretendSocket.last.push(message(6, { ref: 'ref-1', sender_id: 1 }));
    assert.deepEqual(told.sent, ['one']);
    assert.deepEqual(told.events, [6]);
});

test('a message that was stored before the socket broke is not sent a second time', () => {
    online();
    outbox.write(2, 'one');
    PretendSocket.last.end(1006);
    clock.pass(0.5);
    const socket = PretendSocket.last;
    socket.push(welcome(6));
    socket.push(message(6, { ref: 'ref-1', sender_id: 1 }));
    assert.deepEqual(told.sent, ['one']);
    socket.push({ type: 'ack', ref: 'ref-1', id: 6, seq: 6, conversation: 9, number: 1 });
    assert.deepEqual(told.sent, ['one']);
});

test('a socket that is away for a moment costs no request', async () => {
    line.open();
    PretendSocket.last.end(1006);
    clock.pass(0.6);
    PretendSocket.last.push(welcome(5));
    clock.pass(60);
    await settle();
    assert.equal(line.polling.isRunning, false);
});

test('without a socket messages go by post and come by polling', async () => {
    await withoutSocket();
    outbox.write(2, 'one');
    await settle();
    assert.deepEqual(server.posts, [{ type: 'send', ref: 'ref-1', receiver: 2, content: 'one' }]);
    assert.deepEqual(told.sent, ['one']);
    server.pages = [{ events: [message(6), message(7)], seq: 7, epoch: 'e', more: false, retry_after: 5 }];
    clock.pass(5);
    await settle();
    assert.deepEqual([told.events, timeline.seq], [[6, 7], 7]);
});

test('what was written before the fallback began goes as soon as it does', async () => {
    line.open();
    outbox.write(2, 'early');
    PretendSocket.last.end(1006);
    clock.pass(3);
    await settle();
    assert.deepEqual(told.sent, ['early']);
});

test('when the socket comes back the polling ends, and the sync starts where it stopped', async () => {
    await withoutSocket();
    server.pages = [{ events: [message(6)], seq: 6, epoch: 'e', more: false, retry_after: 5 }];
    clock.pass(5);
    await settle();
    PretendSocket.last.push(welcome(8));
    assert.equal(line.polling.isRunning, false);
    assert.deepEqual(sent(), [{ type: 'sync', since: 6, epoch: 'e' }]);
    PretendSocket.last.push(message(6));
    assert.deepEqual(told.events, [6]);
});

test('a reset over HTTP is a reset', async () => {
    await withoutSocket();
    server.pages = [{ events: [], seq: 2, epoch: 'other', more: false, reset: true, retry_after: 5 }];
    clock.pass(5);
    await settle();
    assert.deepEqual([told.resets, timeline.seq, timeline.epoch], [1, 2, 'other']);
});

test('a post that nobody answered goes again, one that was refused fails', async () => {
    await withoutSocket();
    server.post = async () => { throw new Unanswered(); };
    outbox.write(2, 'one');
    await settle();
    assert.deepEqual(told.failed, []);
    server.post = async () => { throw new Refused({ type: 'error', code: 'no_such_user', message: 'There is no such member.' }); };
    clock.pass(2);
    await settle();
    assert.equal(server.posts.length, 2);
    assert.deepEqual(told.failed, [['one', 'no_such_user']]);
});

test('no answer at all is said, and taken back when there is one', async () => {
    server.pages = [new Unanswered()];
    await withoutSocket();
    assert.equal(told.states.at(-1), 'unanswered');
    clock.pass(5);
    await settle();
    assert.equal(told.states.at(-1), 'carried');
});

test('a session that is over ends both roads', async () => {
    await withoutSocket();
    server.pages = [new Refused({ type: 'error', code: 'no_session', message: 'User not authenticated' })];
    clock.pass(5);
    await settle();
    assert.equal(told.states.at(-1), 'logged-out');
    const opened = PretendSocket.opened.length;
    clock.pass(600);
    line.wake();
    await settle();
    assert.equal(PretendSocket.opened.length, opened);
    assert.equal(line.carry({ type: 'send' }), false);
    assert.equal(line.isEnded, true);
});

test('a socket closed for the same reason ends the polling too', async () => {
    online();
    PretendSocket.last.end(4401);
    clock.pass(600);
    await settle();
    assert.deepEqual([told.states.at(-1), line.polling.isRunning], ['logged-out', false]);
});

test('a page that may have no socket works on without', async () => {
    online();
    PretendSocket.last.end(4409);
    clock.pass(3);
    await settle();
    outbox.write(2, 'one');
    await settle();
    assert.deepEqual(told.sent, ['one']);
});

test('the socket of another member gets nothing of this page, and shows nothing on it', () => {
    line.open();
    outbox.write(2, 'a secret');
    const socket = PretendSocket.last;
    socket.push(welcome(9, { user_id: 7 }));
    assert.deepEqual([told.states.at(-1), socket.sent, socket.isClosed], ['stale', [], true]);
    clock.pass(600);
    assert.deepEqual([PretendSocket.opened.length, server.posts], [1, []]);
});

test('without a socket, too, another member gets nothing of this page', async () => {
    server.pages = [{ user_id: 7, events: [message(6)], seq: 6, epoch: 'e', more: false, retry_after: 5 }];
    line.open();
    outbox.write(2, 'a secret');
    PretendSocket.last.end(1006);
    clock.pass(3);
    await settle();
    clock.pass(600);
    await settle();
    assert.deepEqual([told.states.at(-1), told.events, server.posts, line.polling.isRunning], ['stale', [], [], false]);
});

test('a paused page is silent, and starts anew', async () => {
    online();
    line.pause();
    clock.pass(600);
    await settle();
    assert.equal(line.polling.isRunning, false);
    line.open();
    PretendSocket.last.push(welcome(5));
    assert.equal(told.states.at(-1), 'online');
});

test('a sync that the server could not answer just now is asked again', () => {
    online(9);
    PretendSocket.last.push({ type: 'error', code: 'busy', message: 'Later.', retry_after: 1 });
    clock.pass(1);
    const asked = () => sent().filter(frame => frame.type === 'sync').length;
    assert.equal(asked(), 2);
    for (let second = 0; second < 20; second += 1) {
        clock.pass(1);
        PretendSocket.last.push({ type: 'pong' });
    }
    assert.equal(asked(), 3, 'and so is one that was never answered, while the server is there');
    PretendSocket.last.push({ type: 'synced', seq: 9, epoch: 'e' });
    clock.pass(60);
    assert.equal(asked(), 3);
});

test('an error that has nothing to do with a sync asks for none', () => {
    online();
    PretendSocket.last.push({ type: 'error', code: 'busy', message: 'Later.', retry_after: 1 });
    clock.pass(60);
    assert.deepEqual(sent(), []);
});

test('an account that is blocked ends both roads, whichever says so', async () => {
    await withoutSocket();
    server.post = async () => { throw new Refused({ type: 'error', code: 'blocked', message: 'Your account is blocked.' }); };
    outbox.write(2, 'one');
    await settle();
    assert.deepEqual([told.states.at(-1), line.isEnded, line.polling.isRunning], ['blocked', true, false]);
});

test('a post that fails after the socket is back says nothing about the line', async () => {
    await withoutSocket();
    let fail;
    server.post = () => new Promise((_, reject) => { fail = () => reject(new Unanswered()); });
    outbox.write(2, 'one');
    PretendSocket.last.push(welcome(5));
    fail();
    await settle();
    assert.equal(told.states.at(-1), 'online');
});

test('who types and who is here is told, and whether a conversation is muted, which is an event of the feed', () => {
    line.open();
    PretendSocket.last.push(welcome(5));
    const heard = [];
    line.onEvent = event => heard.push(event.type);
    PretendSocket.last.push({ type: 'typing', conversation: 9, user_id: 2 });
    PretendSocket.last.push({ type: 'presence', user_id: 2, online: true });
    assert.equal(timeline.seq, 5);
    PretendSocket.last.push({ type: 'mute', seq: 6, conversation: 9, user_id: 1, muted: true });
    assert.deepEqual([heard, timeline.seq], [['typing', 'presence', 'mute'], 6]);
});

test('what was delivered is told, and moves no position: it has none', () => {
    online();
    const heard = [];
    line.onEvent = event => heard.push(event);
    const delivered = { type: 'delivered', conversation: 9, user_id: 2, number: 4 };
    PretendSocket.last.push(delivered);
    assert.deepEqual([heard, timeline.seq], [[delivered], 5]);
});

test('that nothing is missing is said once for each road, when it is true', async () => {
    online(5);
    assert.deepEqual(told.current, [5]);
    PretendSocket.last.end(1006);
    clock.pass(0.5);
    PretendSocket.last.push(welcome(300));
    PretendSocket.last.push({ type: 'synced', seq: 200, epoch: 'e', more: true });
    assert.deepEqual(told.current, [5]);
    PretendSocket.last.push({ type: 'synced', seq: 300, epoch: 'e' });
    assert.deepEqual(told.current, [5, 300]);
    PretendSocket.last.end(1006);
    clock.pass(3);
    await settle();
    clock.pass(20);
    await settle();
    assert.deepEqual(told.current, [5, 300, 300], 'and not after every poll');
});

test('after a reset the page is told of the reset and nothing else', () => {
    online(3);
    PretendSocket.last.push({ type: 'synced', seq: 3, epoch: 'e', reset: true });
    assert.deepEqual([told.resets, told.current], [1, []]);
});
