// What one is told about one's own messages, what one tells about others', and the list that is fetched anew.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Arrivals } from '../../../applications/messenger/static/js/wire/arrivals.js';
import { Backoff } from '../../../applications/messenger/static/js/wire/backoff.js';
import { Order } from '../../../applications/messenger/static/js/thread/model/order.js';
import { Reading } from '../../../applications/messenger/static/js/thread/model/reading.js';
import { Receipts } from '../../../applications/messenger/static/js/thread/model/receipts.js';
import { Refresh } from '../../../applications/messenger/static/js/wire/refresh.js';
import { Refused, Unanswered } from '../../../applications/messenger/static/js/wire/web.js';
import { PretendClock, settle } from '../pretend.mjs';

let arrivals, clock, frames, isOpen;

beforeEach(() => {
    clock = new PretendClock();
    frames = [];
    isOpen = true;
    arrivals = new Arrivals({
        userId: 1, clock, carry: frame => isOpen && frames.push([frame.type, frame.conversation, frame.number]) > 0,
    });
});

test('a message is sent, then delivered, then read, and never goes back', () => {
    const receipts = new Receipts({ read: 2, delivered: 4 });
    const states = () => [1, 2, 3, 4, 5].map(number => receipts.stateOf(number));
    assert.deepEqual(states(), ['read', 'read', 'delivered', 'delivered', 'sent']);
    assert.equal(receipts.learn({ delivered: 3 }), false);
    assert.equal(receipts.learn({ read: 1 }), false);
    assert.deepEqual(states(), ['read', 'read', 'delivered', 'delivered', 'sent']);
    assert.equal(receipts.learn({ delivered: 5 }), true);
    assert.equal(receipts.stateOf(5), 'delivered');
});

test('what was read was delivered', () => {
    const receipts = new Receipts();
    assert.equal(receipts.learn({ read: 3 }), true);
    assert.equal(receipts.learn({ delivered: 3 }), false);
    assert.equal(receipts.stateOf(3), 'read');
});

test('an answer that has no number tells nothing', () => {
    const receipts = new Receipts({ read: NaN, delivered: undefined });
    assert.equal(receipts.stateOf(1), 'sent');
    assert.equal(receipts.learn({ read: undefined, delivered: undefined }), false);
    receipts.learn({ read: 4 });
    receipts.forget();
    assert.equal(receipts.stateOf(1), 'sent', 'after a reset numbers start over');
});

test('each state is said once, at the last message that has it', () => {
    const receipts = new Receipts({ read: 3, delivered: 6 });
    const said = numbers => {
        const own = new Order();
        numbers.forEach(number => own.add({ number }));
        const labels = receipts.labels(own);
        return own.filter(() => true).map(item => labels.get(item) ?? '');
    };
    assert.deepEqual(said([1, 3, 5, 6, 7, 9]), ['', 'read', '', 'delivered', '', 'sent']);
    assert.deepEqual(said([1, 2]), ['', 'read']);
    assert.deepEqual(said([1, 4, 5]), ['read', '', 'delivered']);
    assert.deepEqual(said([7, 8]), ['', 'sent']);
    assert.deepEqual(said([2, 8]), ['read', 'sent']);
    assert.deepEqual(said([]), []);
});

const message = (conversation, number, more) => ({ type: 'message', conversation, number, sender_id: 2, receiver_id: 1, ...more });

test('what has arrived and is not read is told after a second, the newest number for all', () => {
    arrivals.hear(message(9, 1));
    arrivals.hear(message(9, 3));
    arrivals.hear(message(9, 2));
    assert.deepEqual(frames, []);
    clock.pass(1);
    assert.deepEqual(frames, [['delivered', 9, 3]]);
    clock.pass(60);
    assert.equal(frames.length, 1);
});

test('there is one frame a second, however much arrives in however many conversations', () => {
    for (let number = 1; number <= 40; number += 1) {
        arrivals.hear(message(number % 2 ? 8 : 9, number));
        clock.pass(0.1);
    }
    clock.pass(2);
    assert.ok(frames.length >= 2 && frames.length <= 6, `${frames.length} frames in six seconds`);
    assert.deepEqual([8, 9].map(id => frames.filter(frame => frame[1] === id).at(-1)[2]), [39, 40]);
});

test('what is read within the second, here or in another tab, is not told', () => {
    const reading = new Reading({ isWatched: () => true, carry: () => true, onTold: frame => arrivals.read(frame) });
    arrivals.hear(message(9, 1));
    reading.show(9, 1);
    arrivals.hear(message(8, 5));
    arrivals.hear({ type: 'read', conversation: 8, user_id: 1, number: 5 });
    clock.pass(5);
    assert.deepEqual(frames, []);
    arrivals.hear(message(8, 6));
    arrivals.hear({ type: 'read', conversation: 8, user_id: 2, number: 6 });
    arrivals.hear({ type: 'read', conversation: 8, user_id: 1, number: 5 });
    clock.pass(5);
    assert.deepEqual(frames, [['delivered', 8, 6]], 'what the other has read, or an older number, says nothing about this one');
});

test('only messages to oneself arrive', () => {
    arrivals.hear(message(9, 1, { sender_id: 1, receiver_id: 2 }));
    arrivals.hear(message(7, 1, { sender_id: 1 }));
    arrivals.hear(message(6, 1, { receiver_id: undefined }));
    clock.pass(5);
    assert.deepEqual(frames, []);
});

test('without a road it waits, and when there is one again all that is unread is told again', () => {
    isOpen = false;
    arrivals.hear(message(9, 1));
    clock.pass(5);
    isOpen = true;
    arrivals.tellAgain();
    clock.pass(5);
    assert.deepEqual(frames, [['delivered', 9, 1]]);
    arrivals.tellAgain();
    clock.pass(5);
    assert.equal(frames.length, 2, 'a socket that broke may have taken it along');
    arrivals.forget();
    arrivals.tellAgain();
    clock.pass(5);
    assert.equal(frames.length, 2);
});

function refreshOf(answers, more) {
    const told = { asked: 0, shown: [] };
    const refresh = new Refresh({
        clock, isHidden: () => told.isHidden, backoff: new Backoff({ first: 1, random: () => 1 }), ...more,
        load: async () => {
            const answer = answers[Math.min(told.asked, answers.length - 1)];
            told.asked += 1;
            if (answer instanceof Error) {
                throw answer;
            }
            return answer;
        },
        show: what => told.shown.push(what),
    });
    return { refresh, told };
}

test('what changes is fetched at once, and then once a second for all that happens in it', async () => {
    const { refresh, told } = refreshOf(['a', 'b', 'c']);
    for (let turn = 0; turn < 20; turn += 1) {
        refresh.want();
        await settle();
        clock.pass(0.1);
        await settle();
    }
    assert.deepEqual(told.shown, ['a', 'b', 'c']);
    clock.pass(10);
    await settle();
    assert.equal(told.asked, 3, 'nothing changed, nothing is fetched');
});

test('a change that comes while it is being fetched is fetched after it', async () => {
    const { refresh, told } = refreshOf(['old', 'new']);
    refresh.want();
    refresh.want();
    await settle();
    clock.pass(1);
    await settle();
    assert.deepEqual(told.shown, ['old', 'new']);
});

test('what did not come is fetched again, ever more slowly', async () => {
    const { refresh, told } = refreshOf([new Unanswered(), new Unanswered(), 'late']);
    refresh.want();
    await settle();
    clock.pass(2);
    await settle();
    assert.equal(told.asked, 2);
    clock.pass(2.9);
    await settle();
    assert.equal(told.asked, 2);
    clock.pass(0.2);
    await settle();
    assert.deepEqual(told.shown, ['late']);
});

test('what was refused is not asked for again until it changes', async () => {
    const { refresh, told } = refreshOf([new Refused({ type: 'error', code: 'no_session', message: '' })]);
    refresh.want();
    await settle();
    clock.pass(600);
    await settle();
    assert.equal(told.asked, 1);
});

test('while nobody can see it it is fetched more rarely, and at once when somebody can', async () => {
    const { refresh, told } = refreshOf(['a', 'b', 'c']);
    told.isHidden = true;
    const pass = async seconds => {
        refresh.want();
        await settle();
        clock.pass(seconds);
        await settle();
    };
    await pass(4.9);
    assert.deepEqual(told.shown, ['a']);
    await pass(0.2);
    assert.deepEqual(told.shown, ['a', 'b']);
    await pass(1);
    refresh.hurry();
    await settle();
    assert.deepEqual(told.shown, ['a', 'b', 'c']);
    refresh.hurry();
    await settle();
    assert.equal(told.asked, 3, 'nothing has changed since');
});
