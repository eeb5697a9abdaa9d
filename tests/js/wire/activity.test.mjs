import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Activity } from '../../../applications/messenger/static/js/wire/activity.js';
import { Refused, Unanswered } from '../../../applications/messenger/static/js/wire/web.js';
import { PretendClock, settle } from '../pretend.mjs';

const HOUR = 3600;
let activity, answers, clock, told;

beforeEach(() => {
    clock = new PretendClock();
    told = [];
    answers = [];
    activity = new Activity({
        clock, seconds: 2 * HOUR,
        tell: async () => {
            told.push((clock.now() - 1000) / HOUR);
            const failure = answers.shift();
            if (failure) {
                throw failure;
            }
        },
    });
});

async function pass(seconds) {
    clock.pass(seconds);
    await settle();
}

test('without a reader at work nothing is sent', async () => {
    await pass(1000 * HOUR);
    assert.deepEqual(told, []);
    assert.equal(clock.waiting, 0);
});

test('a reader at work is told of when a quarter of the session is over, and not before', async () => {
    activity.noticed();
    await pass(2 * HOUR - 1);
    assert.deepEqual(told, []);
    await pass(1);
    assert.deepEqual(told, [2]);
});

test('however much the reader does, it is told once in that time', async () => {
    for (let minute = 0; minute < 8 * 60; minute += 1) {
        activity.noticed();
        await pass(60);
    }
    assert.deepEqual(told, [2, 4, 6, 8]);
});

test('whoever comes back after a while is told of at once', async () => {
    await pass(5 * HOUR);
    activity.noticed();
    await pass(0);
    assert.deepEqual(told, [5]);
});

test('whoever does nothing more after it is not told of again', async () => {
    activity.noticed();
    await pass(100 * HOUR);
    assert.deepEqual(told, [2]);
});

test('what did not get through is told again a minute later', async () => {
    answers.push(new Unanswered(), new Unanswered());
    activity.noticed();
    await pass(2 * HOUR);
    await pass(60);
    await pass(60);
    await pass(1000 * HOUR);
    assert.deepEqual(told.map(hours => Math.round(hours * 60)), [120, 121, 122]);
});

test('what was refused is not asked for again', async () => {
    answers.push(new Refused({ type: 'error', code: 'no_session', message: '' }));
    activity.noticed();
    await pass(1000 * HOUR);
    assert.deepEqual(told, [2]);
});
