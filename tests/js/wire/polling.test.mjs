import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Polling } from '../../../applications/messenger/static/js/wire/polling.js';
import { PretendClock, settle } from '../pretend.mjs';

let clock, polling, asked, answers, pages, hidden;

beforeEach(() => {
    clock = new PretendClock();
    asked = 0;
    answers = [];
    pages = [];
    hidden = false;
    polling = new Polling({
        clock, isHidden: () => hidden,
        ask: async () => {
            asked += 1;
            const answer = answers.shift() ?? { retry_after: 5 };
            if (answer instanceof Error) {
                throw answer;
            }
            return answer;
        },
    });
    polling.onPage = page => {
        pages.push(page);
        return page.more;
    };
});

async function pass(seconds) {
    clock.pass(seconds);
    await settle();
}

test('it asks at once, then as often as the server says', async () => {
    answers = [{ retry_after: 5 }, { retry_after: 8 }];
    polling.start();
    await settle();
    await pass(4.9);
    assert.equal(asked, 1);
    await pass(0.1);
    assert.equal(asked, 2);
    await pass(7.9);
    assert.equal(asked, 2);
    await pass(0.1);
    assert.equal(asked, 3);
});

test('more is asked for without waiting', async () => {
    answers = [{ more: true, retry_after: 5 }, { more: true, retry_after: 5 }];
    polling.start();
    await settle();
    assert.equal(asked, 3);
});

test('a hidden page asks every half minute', async () => {
    hidden = true;
    polling.start();
    await settle();
    await pass(29);
    assert.equal(asked, 1);
    await pass(1);
    assert.equal(asked, 2);
});

test('failures make it wait longer, up to a minute; a success ends that', async () => {
    answers = Array.from({ length: 6 }, () => new Error('away'));
    polling.start();
    await settle();
    const waits = [];
    for (let attempt = 2; attempt <= 7; attempt += 1) {
        const began = clock.now();
        while (asked < attempt) {
            await pass(5);
        }
        waits.push(clock.now() - began);
    }
    assert.deepEqual(waits, [5, 10, 20, 40, 60, 60]);
    await pass(5);
    assert.equal(asked, 8);
});

test('a failure after which there is no point in asking ends it', async () => {
    polling.onFailure = () => false;
    answers = [new Error('logged out')];
    polling.start();
    await settle();
    await pass(600);
    assert.equal(asked, 1);
});

test('what comes after the stop is not handed on', async () => {
    polling.start();
    polling.stop();
    await settle();
    assert.deepEqual(pages, []);
    await pass(600);
    assert.equal(asked, 1);
});

test('a stop while a page is handed on is a stop', async () => {
    polling.onPage = () => polling.stop();
    polling.start();
    await settle();
    await pass(600);
    assert.equal(asked, 1);
});

test('somebody who looks is told at once', async () => {
    hidden = true;
    polling.start();
    await settle();
    polling.wake();
    await settle();
    assert.equal(asked, 2);
    await pass(30);
    assert.equal(asked, 3, 'and the waiting goes on once, not twice');
});

test('starting twice asks once', async () => {
    polling.start();
    polling.start();
    await settle();
    assert.equal(asked, 1);
});
