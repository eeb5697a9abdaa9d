// What is done in pieces, in a browser that is moved by hand.
import assert from 'node:assert/strict';
import test from 'node:test';
import { breath, painted } from '../../../applications/messenger/static/js/browser/breath.js';

// A page; `frame()` paints it, `hide()` is somebody who turns to another one.
function page({ hidden }) {
    const frames = [], listeners = [];
    globalThis.requestAnimationFrame = call => frames.push(call);
    globalThis.document = { hidden, addEventListener: (kind, call) => listeners.push(call) };
    return {
        frame: () => frames.splice(0).forEach(call => call()),
        hide: () => listeners.splice(0).forEach(call => call()),
    };
}

// Whether a promise is settled once everything that waits had its turn.
async function isSettled(promise) {
    let settled = false;
    promise.then(() => {
        settled = true;
    });
    await new Promise(done => setTimeout(done, 5));
    return settled;
}

test('a page that is seen is waited for until it has been painted', async () => {
    const { frame } = page({ hidden: false }), waiting = painted();
    assert.equal(await isSettled(waiting), false);
    let isPainted = false;
    waiting.then(() => assert.equal(isPainted, true));
    frame();
    isPainted = true;   // what a browser does after the last callback of a frame
    assert.equal(await isSettled(waiting), true);
});

test('a page that nobody sees, from the beginning or by now, is not waited for', async () => {
    page({ hidden: true });
    assert.equal(await isSettled(painted()), true);
    const { hide } = page({ hidden: false }), waiting = painted();
    hide();
    assert.equal(await isSettled(waiting), true);
});

test('whatever waits is done before one goes on', async () => {
    const done = [];
    setTimeout(() => done.push('another'));
    await breath();
    assert.deepEqual(done, ['another']);
});
