import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Backoff } from '../../../applications/messenger/static/js/wire/backoff.js';
import { LiveSocket } from '../../../applications/messenger/static/js/wire/socket.js';
import { PretendClock, PretendSocket } from '../pretend.mjs';

const WELCOME = { type: 'welcome', user_id: 1, seq: 0, epoch: 'e' };
let clock, live, states, frames;

beforeEach(() => {
    PretendSocket.opened = [];
    clock = new PretendClock();
    states = [];
    frames = [];
    live = new LiveSocket({ clock, backoff: new Backoff({ random: () => 1 }), open: () => new PretendSocket() });
    live.onState = state => states.push(state);
    live.onFrame = frame => frames.push(frame);
});

function welcomed() {
    live.start();
    PretendSocket.last.push(WELCOME);
}

function reopened() {
    return PretendSocket.opened.length - 1;
}

test('it is online once the server has said welcome, not when the socket opens', () => {
    live.start();
    assert.equal(live.send({ type: 'ping' }), false);
    PretendSocket.last.push(WELCOME);
    assert.deepEqual(states, ['connecting', 'online']);
    assert.deepEqual(frames, [WELCOME]);
    assert.equal(live.send({ type: 'ping' }), true);
    assert.deepEqual(PretendSocket.last.sent, [{ type: 'ping' }]);
});

test('what is no frame, and pongs, go no further', () => {
    welcomed();
    ['nonsense', '{"type":"pong"}', '[]', '{"type":"message","future":1}'].forEach(text => PretendSocket.last.push(text));
    assert.deepEqual(frames.slice(1), [{ type: 'message', future: 1 }]);
});

for (const code of [1001, 1006, 1012, 1011, 4400, 4408, 4508, 4999]) {
    test(`after ${code} it comes back by itself`, () => {
        welcomed();
        PretendSocket.last.end(code);
        assert.equal(live.state, 'reconnecting');
        clock.pass(0.6);
        assert.equal(reopened(), 1);
        PretendSocket.last.push(WELCOME);
        assert.deepEqual(states, ['connecting', 'online', 'reconnecting', 'online']);
    });
}

for (const [code, state] of [[4401, 'logged-out'], [4403, 'blocked']]) {
    test(`after ${code} it stays ${state}, whoever looks`, () => {
        welcomed();
        PretendSocket.last.end(code);
        clock.pass(3600);
        live.wake();
        assert.equal(live.state, state);
        assert.equal(reopened(), 0);
        assert.equal(clock.waiting, 0);
    });
}

test('after 4409 it waits until somebody looks at the page', () => {
    welcomed();
    PretendSocket.last.end(4409);
    clock.pass(3600);
    assert.deepEqual([live.state, reopened()], ['too-many', 0]);
    live.wake();
    assert.equal(reopened(), 1);
    PretendSocket.last.push(WELCOME);
    assert.equal(live.state, 'online');
});

for (const code of [4429, 1013]) {
    test(`after ${code} it waits half a minute at least, and looking does not shorten it`, () => {
        welcomed();
        PretendSocket.last.end(code);
        clock.pass(29);
        live.wake();
        assert.equal(reopened(), 0);
        clock.pass(2);
        assert.equal(reopened(), 1);
    });
}

test('attempts that fail come less and less often', () => {
    live.start();
    const times = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
        const count = PretendSocket.opened.length;
        const began = clock.now();
        PretendSocket.last.end(1006);
        while (PretendSocket.opened.length === count) {
            clock.pass(0.5);
        }
        times.push(clock.now() - began);
    }
    assert.deepEqual(times, [0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
});

test('a connection that is welcomed and dropped at once does not start the waiting over', () => {
    welcomed();
    PretendSocket.last.end(4508);
    clock.pass(0.5);
    PretendSocket.last.push(WELCOME);
    PretendSocket.last.end(4508);
    clock.pass(0.9);
    assert.equal(reopened(), 1);
    clock.pass(0.2);
    assert.equal(reopened(), 2);
});

test('a connection that has held for ten seconds does', () => {
    welcomed();
    PretendSocket.last.end(1006);
    clock.pass(0.5);
    PretendSocket.last.push(WELCOME);
    clock.pass(10);
    PretendSocket.last.end(1006);
    clock.pass(0.5);
    assert.equal(reopened(), 2);
});

test('somebody who looks, or a network that is back, ends the waiting', () => {
    live.start();
    for (let attempt = 0; attempt < 6; attempt += 1) {
        PretendSocket.last.end(1006);
        clock.pass(16);
    }
    PretendSocket.last.end(1006);
    const before = reopened();
    live.wake();
    assert.equal(reopened(), before + 1);
    live.wake();
    assert.equal(reopened(), before + 1, 'one attempt at a time');
});

test('an attempt that hangs is given up', () => {
    live.start();
    const hanging = PretendSocket.last;
    clock.pass(10);
    assert.equal(live.state, 'reconnecting');
    assert.equal(hanging.isClosed, true);
    clock.pass(1);
    assert.equal(reopened(), 1);
    hanging.onmessage({ data: JSON.stringify(WELCOME) });
    hanging.onclose({ code: 4401 });
    assert.equal(live.state, 'reconnecting', 'what the abandoned one says counts for nothing');
});

test('silence is asked about, and a pong is an answer', () => {
    welcomed();
    clock.pass(74);
    assert.deepEqual(PretendSocket.last.sent, []);
    clock.pass(2);
    assert.deepEqual(PretendSocket.last.sent, [{ type: 'ping' }]);
    PretendSocket.last.push({ type: 'pong' });
    clock.pass(60);
    assert.equal(live.state, 'online');
    assert.equal(reopened(), 0);
});

test('a connection that does not answer is dropped and opened again', () => {
    welcomed();
    const dead = PretendSocket.last;
    clock.pass(75 + 10);
    assert.equal(dead.isClosed, true);
    assert.equal(live.state, 'reconnecting');
    clock.pass(0.5);
    assert.equal(reopened(), 1);
});

test('a connection that speaks is not asked', () => {
    welcomed();
    for (let minute = 0; minute < 10; minute += 1) {
        clock.pass(60);
        PretendSocket.last.push({ type: 'message', seq: minute });
    }
    assert.deepEqual(PretendSocket.last.sent, []);
});

test('somebody who comes back to the page finds out at once whether the connection still lives', () => {
    welcomed();
    live.wake();
    assert.deepEqual(PretendSocket.last.sent, []);
    clock.pass(20);
    live.wake();
    live.wake();
    assert.deepEqual(PretendSocket.last.sent, [{ type: 'ping' }]);
    clock.pass(10);
    assert.equal(live.state, 'reconnecting');
});

test('a stopped connection stays so, and can be started again', () => {
    welcomed();
    live.stop();
    assert.equal(PretendSocket.last.isClosed, true);
    clock.pass(600);
    live.wake();
    assert.equal(reopened(), 0);
    live.start();
    assert.equal(reopened(), 1);
});

test('an address that cannot be opened is an outage, not an exception', () => {
    live.open = () => { throw new SyntaxError('bad address'); };
    live.start();
    assert.equal(live.state, 'reconnecting');
    clock.pass(100);
    assert.equal(live.state, 'reconnecting');
});
