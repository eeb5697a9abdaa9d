import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { History } from '../../../applications/messenger/static/js/thread/model/history.js';
import { Reading } from '../../../applications/messenger/static/js/thread/model/reading.js';
import { Refused } from '../../../applications/messenger/static/js/wire/web.js';
import { PretendClock, settle } from '../pretend.mjs';

let frames, isOpen, isWatched, reading;

beforeEach(() => {
    frames = [];
    isOpen = isWatched = true;
    reading = new Reading({ isWatched: () => isWatched, carry: frame => isOpen && frames.push([frame.conversation, frame.number]) > 0 });
});

test('what is shown to somebody is told once', () => {
    reading.show(9, 4);
    reading.show(9, 4);
    reading.show(9, 3);
    assert.deepEqual(frames, [[9, 4]]);
    reading.show(9, 6);
    assert.deepEqual(frames, [[9, 4], [9, 6]]);
});

test('nothing is read while nobody looks', () => {
    isWatched = false;
    reading.show(9, 4);
    reading.show(9, 5);
    assert.deepEqual(frames, []);
    isWatched = true;
    reading.tell();
    assert.deepEqual(frames, [[9, 5]]);
});

test('what could not be told is told when there is a way, and then no more: the lane sees to it', () => {
    isOpen = false;
    reading.show(9, 4);
    isOpen = true;
    reading.tell();
    reading.tell();
    assert.deepEqual(frames, [[9, 4]]);
});

test('after a reset smaller numbers count again', () => {
    reading.show(9, 40);
    reading.forget();
    reading.show(9, 2);
    assert.deepEqual(frames, [[9, 40], [9, 2]]);
});

function historyOf(answers, shown, clock = new PretendClock()) {
    const asked = [];
    const history = new History({
        clock, hasMore: true,
        load: async before => {
            asked.push(before);
            const answer = answers.shift();
            if (answer instanceof Error) {
                throw answer;
            }
            return answer;
        },
    });
    history.show = messages => shown.push(...messages);
    return { history, asked };
}

test('older messages are asked for one page at a time, until there are no more', async () => {
    const shown = [];
    const { history, asked } = historyOf([{ messages: [3, 4], more: true }, { messages: [1, 2], more: false }], shown);
    history.older(5);
    history.older(5);
    await settle();
    await history.older(3);
    await history.older(1);
    assert.deepEqual([asked, shown], [[5, 3], [3, 4, 1, 2]]);
});

test('an empty page has nothing older', async () => {
    const { history, asked } = historyOf([], []);
    await history.older(0);
    assert.deepEqual(asked, []);
});

test('a page of older messages that did not come is asked for again at the next movement', async () => {
    const shown = [];
    const { history } = historyOf([new Error('away'), { messages: [1], more: false }], shown);
    await history.older(2);
    await history.older(2);
    assert.deepEqual(shown, [1]);
});

test('starting over asks for the newest until it gets them, and drops what was asked before', async () => {
    const shown = [];
    const clock = new PretendClock();
    const { history, asked } = historyOf([{ messages: ['old'], more: true }, new Error('away'), { messages: [8, 9], more: false }], shown, clock);
    history.older(5);
    history.startOver();
    await settle();
    clock.pass(1);
    await settle();
    assert.deepEqual([asked, shown, history.hasMore], [[5, undefined, undefined], [8, 9], false]);
});

test('starting over in a conversation that is gone says so', async () => {
    const { history } = historyOf([new Refused({ type: 'error', code: 'not_found', message: '' })], []);
    let lost = 0;
    history.onLost = () => { lost += 1; };
    await history.startOver();
    assert.equal(lost, 1);
});
