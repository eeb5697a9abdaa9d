// A server that is silent, slow or frozen, and what the page says of it.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Backoff } from '../../../applications/messenger/static/js/wire/backoff.js';
import { Line } from '../../../applications/messenger/static/js/wire/line.js';
import { Outbox } from '../../../applications/messenger/static/js/unsent/outbox.js';
import { Polling } from '../../../applications/messenger/static/js/wire/polling.js';
import { LiveSocket } from '../../../applications/messenger/static/js/wire/socket.js';
import { Timeline } from '../../../applications/messenger/static/js/wire/timeline.js';
import { Refused, Unanswered, Web } from '../../../applications/messenger/static/js/wire/web.js';
import { onlyTab, PretendClock, PretendSocket, settle } from '../pretend.mjs';

const PAGE = { user_id: 1, events: [], seq: 5, epoch: 'e', more: false, retry_after: 5 };
const WELCOME = { type: 'welcome', version: 1, user_id: 1, seq: 5, epoch: 'e' };
const FROZEN = () => new Promise(() => {});
const GONE = async () => { throw new Unanswered(); };
let clock, line, outbox, web, states, sent, posts, network;

beforeEach(() => {
    PretendSocket.opened = [];
    clock = new PretendClock();
    [states, sent, posts, network] = [[], [], [], true];
    web = { updates: async () => PAGE, command: async ({ ref }) => ack(ref) };
    const timeline = new Timeline({ seq: 5, epoch: 'e' });
    line = new Line({
        userId: 1, timeline, clock, hasNetwork: () => network,
        socket: new LiveSocket({ clock, backoff: new Backoff({ random: () => 1 }), open: () => new PretendSocket() }),
        polling: new Polling({ clock, isHidden: () => false, ask: () => web.updates() }),
        web: { command: frame => (posts.push([clock.now() - 1000, frame.ref, frame.content]), web.command(frame)) },
    });
    let refs = 0;
    outbox = new Outbox({
        clock, newRef: () => `ref-${refs += 1}`, carry: frame => line.carry(frame), tab: onlyTab, epoch: () => 'e',
        keep: { load: () => [], save: () => {}, end: () => {} },
    });
    outbox.open();
    outbox.onSent = entry => sent.push(entry.content);
    line.unsent = outbox;
    line.onOpen = () => outbox.flush();
    line.onState = state => state === states.at(-1) || states.push(state);
    line.open();
    PretendSocket.last.push(WELCOME);
});

const ack = ref => ({ type: 'ack', ref, id: 100, seq: 100, conversation: 9, number: 1 });
const types = (socket = PretendSocket.opened[0]) => socket.sent.map(frame => frame.type);
const now = () => states.at(-1);

async function pass(seconds) {
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
        clock.pass(0.1);
        await settle();
    }
}

// The next attempt gets through.
async function comesBack() {
    for (const count = PretendSocket.opened.length; PretendSocket.opened.length === count;) {
        await pass(0.1);
    }
    PretendSocket.last.push(WELCOME);
}

// The socket is gone, and comes to nothing whenever it is tried again.
async function withoutSocket() {
    PretendSocket.last.end(1006);
    await pass(3.1);
}

test('a frozen sidecar: at 5 s a question and "Connecting", at 10 s the other road under the same ref', async () => {
    outbox.write(2, 'one');
    await pass(4.9);
    assert.deepEqual([now(), types()], ['online', ['send']]);
    await pass(0.2);
    assert.deepEqual([now(), types()], ['silent', ['send', 'ping']]);
    await pass(4.7);
    assert.deepEqual([now(), posts], ['silent', []]);
    await pass(0.3);
    assert.deepEqual(posts.map(([, ref]) => ref), ['ref-1']);
    assert.ok(posts[0][0] <= 10.1, `it goes at once: ${posts[0][0]}`);
    assert.deepEqual([sent, now(), PretendSocket.opened[0].isClosed], [['one'], 'carried', true]);
});

test('all that is written meanwhile follows in its order, each once', async () => {
    outbox.write(2, 'one');
    outbox.write(2, 'two');
    await pass(10.2);
    outbox.write(2, 'three');
    await pass(1);
    assert.deepEqual(sent, ['one', 'two', 'three']);
    assert.deepEqual(posts.map(([, ref]) => ref), ['ref-1', 'ref-2', 'ref-3']);
});

test('the socket is tried again, less and less often, and what is said stays true meanwhile', async () => {
    outbox.write(2, 'one');
    await pass(120);
    assert.ok(PretendSocket.opened.length > 3 && PretendSocket.opened.length < 12);
    assert.deepEqual(states, ['connecting', 'online', 'silent', 'reconnecting', 'carried']);
    await comesBack();
    assert.equal(now(), 'online');
});

for (const [what, write, answer] of [
    ['a sync', () => line.socket.send({ type: 'sync', since: 1 }), { type: 'synced', seq: 5, epoch: 'e' }],
    ['a verb with a ref', () => line.carry({ type: 'mute', ref: 'verb', conversation: 9, muted: true }), { type: 'error', ref: 'verb', code: 'not_found' }],
    ['a ping', () => line.socket.send({ type: 'ping' }), { type: 'pong' }],
]) {
    test(`${what} is waited for just so, and its answer ends that`, async () => {
        write();
        await pass(5.1);
        assert.deepEqual([now(), types().at(-1)], ['silent', 'ping']);
        await pass(5);
        assert.equal(line.polling.isRunning, true);
        await comesBack();
        write();
        await pass(1);
        PretendSocket.last.push(answer);
        const count = PretendSocket.last.sent.length;
        await pass(30);
        assert.deepEqual([now(), PretendSocket.last.sent.length], ['online', count]);
    });
}

test('what expects no answer is not waited for', async () => {
    line.carry({ type: 'typing', conversation: 9 });
    line.carry({ type: 'read', conversation: 9, number: 3 });
    await pass(60);
    assert.deepEqual([now(), types()], ['online', ['typing', 'read']]);
});

test('who is alive and only slow is not given up, and neither called live nor away', async () => {
    outbox.write(2, 'one');
    for (let question = 0; question < 8; question += 1) {
        await pass(5.1);
        PretendSocket.last.push({ type: 'pong' });
        assert.equal(now(), 'slow');
    }
    assert.deepEqual([PretendSocket.opened.length, posts], [1, []]);
    PretendSocket.last.push(ack('ref-1'));
    assert.deepEqual([now(), sent], ['online', ['one']]);
    assert.deepEqual(states.slice(1), ['online', 'silent', 'slow', 'online']);
});

test('any frame is a sign of life, one that is none of ours, too', async () => {
    for (const text of ['{"type":"presence","user_id":2,"online":true}', '{"type":"flying"}', 'nonsense']) {
        outbox.write(2, 'one');
        await pass(5.1);
        PretendSocket.last.push(text);
        assert.equal(now(), 'slow', text);
        outbox.entries.forEach(({ ref }) => PretendSocket.last.push(ack(ref)));
    }
    assert.equal(PretendSocket.opened.length, 1);
});

test('who was slow and then says nothing at all is given up as well', async () => {
    outbox.write(2, 'one');
    await pass(5.1);
    PretendSocket.last.push({ type: 'pong' });
    await pass(10.2);
    assert.deepEqual([sent, now()], [['one'], 'carried']);
});

test('a later message is not late because an earlier one was answered late', async () => {
    outbox.write(2, 'one');
    await pass(4.5);
    PretendSocket.last.push(ack('ref-1'));
    outbox.write(2, 'two');
    await pass(4.5);
    assert.deepEqual([states, types()], [['connecting', 'online'], ['send', 'send']]);
});

test('a machine that slept is no reason to drop a connection: what has come meanwhile is heard first', async () => {
    outbox.write(2, 'one');
    await pass(5.1);
    // Timers that stood still are called late, all before the first frame.
    clock.jump(3600);
    await pass(0.2);
    assert.equal(PretendSocket.opened[0].isClosed, false);
    PretendSocket.last.push({ type: 'pong' });
    PretendSocket.last.push(ack('ref-1'));
    assert.deepEqual([now(), PretendSocket.opened.length, sent], ['online', 1, ['one']]);
});

test('a quiet page that slept asks, and stays', async () => {
    clock.jump(3600);
    await pass(0.2);
    assert.deepEqual(types(), ['ping']);
    PretendSocket.last.push({ type: 'pong' });
    await pass(20);
    assert.deepEqual([now(), PretendSocket.opened.length], ['online', 1]);
});

test('where timers come once a minute only, the dead are found all the same', async () => {
    outbox.write(2, 'one');
    for (let minute = 0; minute < 4; minute += 1) {
        clock.jump(60);
        clock.pass(0);
        await settle();
    }
    assert.deepEqual([PretendSocket.opened[0].isClosed, sent], [true, ['one']]);
});

test('a server that is frozen as a whole is said not to answer, and has each message once when it thaws', async () => {
    Object.assign(web, { updates: FROZEN, command: FROZEN });
    outbox.write(2, 'one');
    outbox.write(2, 'two');
    await pass(15.2);
    assert.deepEqual(states.slice(2), ['silent', 'reconnecting', 'unanswered']);
    await pass(60);
    assert.deepEqual([now(), posts], ['unanswered', []]);
    await comesBack();
    assert.equal(now(), 'online');
    PretendSocket.last.push(ack('ref-1'));
    PretendSocket.last.push(ack('ref-2'));
    assert.deepEqual([sent, PretendSocket.last.sent.map(frame => frame.ref)], [['one', 'two'], ['ref-1', 'ref-2']]);
});

test('without a network one is offline, but whatever answers counts for more', async () => {
    network = false;
    web.updates = GONE;
    await withoutSocket();
    assert.equal(now(), 'offline');
    web.updates = async () => PAGE;
    await pass(5);
    assert.equal(now(), 'carried');
    await comesBack();
    assert.equal(now(), 'online');
});

test('a post that hangs makes nothing false: the server lets it wait, and then doesn\'t answer it', async () => {
    await withoutSocket();
    assert.equal(now(), 'carried');
    let fail;
    web.command = () => new Promise((_, reject) => { fail = () => reject(new Unanswered()); });
    outbox.write(2, 'one');
    await pass(5.1);
    assert.equal(now(), 'slow');
    await pass(10);
    assert.equal(now(), 'slow', 'polls that are answered change nothing about it');
    fail();
    await settle();
    assert.equal(now(), 'unanswered');
    web.command = async ({ ref }) => ack(ref);
    await pass(2.1);
    assert.deepEqual([now(), sent], ['carried', ['one']]);
    assert.deepEqual(new Set(posts.map(([, ref]) => ref)), new Set(['ref-1']));
});

test('a poll that hangs is said after 5 s, and taken back', async () => {
    let answer;
    web.updates = () => new Promise(resolve => { answer = () => resolve(PAGE); });
    await withoutSocket();
    answer();
    await pass(5.2);
    assert.equal(now(), 'carried');
    await pass(5);
    assert.equal(now(), 'unanswered');
    answer();
    await settle();
    assert.equal(now(), 'carried');
});

test('a refusal is an answer, too', async () => {
    await withoutSocket();
    web.updates = async () => { throw new Refused({ type: 'error', code: 'rate', message: '' }); };
    await pass(10);
    assert.equal(now(), 'carried');
});

test('a network that is back is tried at once, whatever hangs', async () => {
    Object.assign(web, { updates: FROZEN, command: FROZEN });
    await withoutSocket();
    await pass(20);
    const count = PretendSocket.opened.length;
    web.updates = async () => PAGE;
    line.renew();
    await settle();
    assert.deepEqual([now(), PretendSocket.opened.length], ['carried', count + 1]);
    web.command = FROZEN;
    outbox.write(2, 'one');
    await settle();
    web.command = async ({ ref }) => ack(ref);
    line.renew();
    await settle();
    assert.deepEqual([sent, new Set(posts.map(([, ref]) => ref))], [['one'], new Set(['ref-1'])]);
});

test('over another network a socket that seems to be there is asked at once', async () => {
    line.renew();
    assert.deepEqual(types(), ['ping']);
});

test('a hanging attempt to open one is given up for the new network, and a state that is final is not', async () => {
    PretendSocket.last.end(1006);
    await pass(0.6);
    const hanging = PretendSocket.last;
    line.renew();
    assert.deepEqual([hanging.isClosed, PretendSocket.last === hanging], [true, false]);
    PretendSocket.last.end(4401);
    const count = PretendSocket.opened.length;
    line.renew();
    line.end('stale');
    assert.deepEqual([now(), PretendSocket.opened.length], ['logged-out', count]);
});

for (const [code, state] of [['no_session', 'logged-out'], ['blocked', 'blocked']]) {
    test(`${code} ends the page, whatever was asked for`, async () => {
        const real = new Web({ searchUrl: '/s', fetch: async () => new Response(JSON.stringify({ type: 'error', code, message: '' }), { status: 401 }) });
        const { socket, polling, timeline } = line;
        new Line({ userId: 1, socket, polling, timeline, clock, web: real }).onState = news => states.push(news);
        await real.search({ q: 'x' }).catch(() => {});
        assert.equal(now(), state);
        PretendSocket.last.end(1006);
        await pass(60);
        assert.equal(PretendSocket.opened.length, 1);
    });
}
