// What a member does besides writing, until the server has it: over lost lines, busy servers, reloads, and among several tabs.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Lane } from '../../../applications/messenger/static/js/unsent/lane.js';
import { leave } from '../../../applications/messenger/static/js/unsent/shelf.js';
import { Tab } from '../../../applications/messenger/static/js/unsent/tab.js';
import { Verbs } from '../../../applications/messenger/static/js/unsent/verbs.js';
import { Posting } from '../../../applications/messenger/static/js/wire/posting.js';
import { Refused, Unanswered } from '../../../applications/messenger/static/js/wire/web.js';
import { PretendBrowser, PretendClock, settle } from '../pretend.mjs';

const DAY = 24 * 3600;
const read = (conversation, number) => ({ type: 'read', conversation, number });
const unread = conversation => ({ type: 'unread', conversation });
const mute = (conversation, muted) => ({ type: 'mute', conversation, muted });
let browser, clock, refs;

beforeEach(() => {
    browser = new PretendBrowser();
    clock = new PretendClock();
    refs = 0;
});

// A tab whose line is there; what it sends is in `sent`, what it hears of the lane in `told`.
function tab(id = 'one', { userId = 1, locks = browser.locks, isOpen = true, epoch = 'e', storage } = {}) {
    const made = { isOpen, epoch, sent: [], told: [] };
    const verbs = new Verbs({ home: '/command', userId, storage: storage ?? browser.storage(event => {
        const entry = verbs.changed(event);
        if (entry && made.lane.tab.leaving?.signal.aborted === false) {
            made.lane.heard(entry);
        }
    }) });
    made.lane = new Lane({
        verbs, clock, tab: new Tab({ id, locks }), newRef: () => `ref-${refs += 1}`, epoch: () => made.epoch,
        carry: frame => made.isOpen && made.sent.push(frame) > 0,
    });
    made.lane.onChange = ({ frame, state }) => made.told.push([state, frame.type]);
    made.arrive = () => {
        made.lane.tab.enter([]);
        made.lane.open();
        made.lane.flush();
    };
    made.go = () => {
        made.lane.hold();
        made.lane.tab.leave();
    };
    made.back = () => {
        made.isOpen = true;
        made.lane.hold();
        made.lane.flush();
    };
    made.ack = () => made.lane.answer({ type: 'ack', ref: made.sent.at(-1).ref });
    made.refuse = (code, more) => made.lane.answer({ type: 'error', ref: made.sent.at(-1).ref, code, message: 'A sentence.', ...more });
    made.arrive();
    return made;
}

const bare = ({ sent }) => sent.map(({ ref, ...frame }) => frame);

test('a verb goes at once under a ref, is kept until it is acked, and then forgotten', () => {
    const one = tab();
    one.lane.do(read(9, 4));
    assert.deepEqual(one.sent, [{ ...read(9, 4), ref: 'ref-1' }]);
    assert.deepEqual([one.lane.frames, browser.held.size], [[read(9, 4)], 1]);
    one.ack();
    assert.deepEqual([one.lane.frames, browser.held.size, one.told], [[], 0, [['waits', 'read'], ['done', 'read']]]);
    clock.pass(DAY);
    assert.equal(one.sent.length, 1);
});

test('the answers to messages are none of its business', () => {
    const one = tab();
    one.lane.do(unread(9));
    one.lane.answer({ type: 'ack', ref: 'of a message' });
    one.lane.answer({ type: 'error', code: 'bad_cursor' });
    one.lane.answer({});
    clock.pass(19);
    assert.deepEqual([one.lane.frames, one.sent.length], [[unread(9)], 1]);
});

test('one that is refused as busy goes again when it may, and the others meanwhile', () => {
    for (const code of ['busy', 'rate']) {
        const one = tab(code);
        one.lane.do(mute(9, true));
        one.lane.do(read(8, 2));
        one.refuse(code, { retry_after: 5 });
        clock.pass(4.9);
        assert.deepEqual(bare(one), [mute(9, true)]);
        clock.pass(0.1);
        assert.deepEqual(bare(one), [mute(9, true), read(8, 2)], 'the one that was refused goes behind the others');
        one.ack();
        one.refuse(code);
        clock.pass(2);
        one.ack();
        assert.deepEqual([bare(one).slice(2), one.lane.frames], [[mute(9, true), mute(9, true)], []]);
    }
});

test('over HTTP it is the same', async () => {
    const answers = [new Refused({ type: 'error', code: 'busy', message: '', retry_after: 3 }), new Unanswered(), { type: 'ack' }];
    const command = async frame => {
        one.sent.push(frame);
        const answer = answers.shift();
        if (answer instanceof Error) {
            throw answer;
        }
        return { ref: frame.ref, ...answer };
    };
    const one = tab();
    const posting = new Posting({ command, onAnswer: answer => one.lane.answer(answer), mayGoOn: () => true });
    one.lane.carry = frame => posting.carry(frame);
    one.lane.do(read(9, 4));
    for (const seconds of [3, 2, 60]) {
        await settle();
        clock.pass(seconds);
    }
    assert.deepEqual([bare(one), browser.held.size], [[read(9, 4), read(9, 4), read(9, 4)], 0]);
});

test('what is done while the line is away goes when it is back', () => {
    const one = tab('one', { isOpen: false });
    [read(9, 4), unread(8), mute(7, true)].forEach(frame => one.lane.do(frame));
    assert.deepEqual([one.sent, one.lane.frames.length], [[], 3]);
    one.back();
    one.ack();
    one.ack();
    one.ack();
    assert.deepEqual([bare(one), one.lane.frames], [[read(9, 4), unread(8), mute(7, true)], []]);
});

test('a road that has opened is not used before it is known where it leads', () => {
    const one = tab();
    one.lane.hold();
    one.lane.do(read(9, 4));
    assert.deepEqual(one.sent, []);
    one.epoch = 'another';
    one.lane.flush();
    assert.deepEqual([one.sent, browser.held.size, one.told.at(-1)], [[], 0, ['dropped', 'read']]);
    one.lane.do(read(9, 1));
    assert.deepEqual(bare(one), [read(9, 1)]);
});

test('what got no answer goes again, on the same road or the next', () => {
    const one = tab();
    one.lane.do(read(9, 4));
    clock.pass(20);
    assert.equal(one.sent.length, 2);
    one.back();
    assert.deepEqual(one.sent.map(({ ref }) => ref), ['ref-1', 'ref-1', 'ref-1']);
    one.ack();
    clock.pass(60);
    assert.equal(one.sent.length, 3);
});

test('what is refused for good, or for long, is given up, and the others go on', () => {
    for (const [code, more] of [['not_found'], ['forbidden'], ['bad_type'], ['rate', { retry_after: 61 }], ['busy', { retry_after: 3600 }]]) {
        const one = tab(code);
        one.lane.do(unread(9));
        one.lane.do(mute(9, true));
        one.refuse(code, more);
        assert.deepEqual([one.told.at(-1), one.lane.frames], [['refused', 'unread'], [mute(9, true)]], code);
        one.ack();
        assert.deepEqual([bare(one), one.lane.frames], [[unread(9), mute(9, true)], []], code);
    }
});

test('what only says that the page has ended gives nothing up', () => {
    const one = tab();
    one.lane.do(unread(9));
    one.refuse('no_session');
    assert.deepEqual([one.lane.frames, one.sent.length], [[unread(9)], 1]);
});

test('of read and unread in a conversation, and of a mute and its end, the latest wins', () => {
    const cases = [
        [[read(9, 4), unread(9)], [unread(9)]], [[unread(9), read(9, 4)], [read(9, 4)]], [[read(9, 4), read(9, 6)], [read(9, 6)]],
        [[read(9, 6), read(9, 4)], [read(9, 6)]], [[mute(9, true), mute(9, false)], [mute(9, false)]],
        [[mute(9, true), mute(9, false), mute(9, true)], [mute(9, true)]], [[unread(9), unread(9)], [unread(9)]],
        [[read(9, 4), mute(9, true), unread(8)], [read(9, 4), mute(9, true), unread(8)]],
    ];
    for (const [done, left] of cases) {
        const one = tab('one', { isOpen: false, userId: refs + 1 });
        done.forEach(frame => one.lane.do(frame));
        assert.deepEqual(one.lane.frames, left);
        one.back();
        left.forEach(() => one.ack());
        assert.deepEqual([bare(one), one.lane.frames], [left, []]);
    }
});

test('what supersedes another does not overtake it, and is not ended by its answer', () => {
    const one = tab();
    one.lane.do(read(9, 4));
    one.lane.do(unread(9));
    assert.deepEqual(bare(one), [read(9, 4)]);
    one.ack();
    assert.deepEqual([bare(one), one.lane.frames], [[read(9, 4), unread(9)], [unread(9)]]);
    one.lane.answer({ type: 'ack', ref: 'ref-1' });
    assert.deepEqual(one.lane.frames, [unread(9)]);
    one.lane.do(mute(9, true));
    one.lane.do(mute(9, false));
    one.ack();
    one.refuse('not_found');
    assert.deepEqual([one.sent.length, browser.held.size], [3, 0]);
});

test('the next page of the member takes over what waits, and asks for no more than that', async () => {
    const one = tab('one', { isOpen: false });
    one.lane.do(unread(9));
    one.lane.do(mute(9, true));
    one.go();
    await settle();
    const next = tab('next');
    assert.deepEqual(next.lane.frames, [unread(9), mute(9, true)]);
    await settle();
    next.ack();
    next.ack();
    assert.deepEqual([bare(next), browser.held.size], [[unread(9), mute(9, true)], 0]);
    const other = tab('other', { userId: 2 });
    assert.deepEqual([other.sent, other.lane.frames], [[], []]);
});

test('what a closed tab has left is sent by one of the others', async () => {
    const one = tab('one', { isOpen: false }), two = tab('two'), three = tab('three');
    await settle();
    one.lane.do(unread(9));
    await settle();
    assert.deepEqual([two.sent, three.sent, two.told, two.lane.frames], [[], [], [['waits', 'unread']], [unread(9)]]);
    one.go();
    await settle();
    assert.deepEqual([bare(two), three.sent], [[unread(9)], []]);
    two.ack();
    assert.deepEqual([three.told.at(-1), three.lane.frames, browser.held.size], [['done', 'unread'], [], 0]);
    clock.pass(DAY);
    assert.equal(three.sent.length, 0);
});

test('the outbox and the lane may both wait for the same tab to go', async () => {
    const one = tab('one', { isOpen: false }), two = tab('two');
    await settle();
    let inherited = 0;
    two.lane.tab.follow('one', () => { inherited += 1; });
    one.lane.do(unread(9));
    await settle();
    one.go();
    await settle();
    assert.deepEqual([inherited, bare(two)], [1, [unread(9)]]);
});

test('what another tab has done since supersedes, whatever comes of the earlier', async () => {
    const one = tab('one'), two = tab('two', { isOpen: false });
    await settle();
    one.lane.do(read(9, 4));
    two.lane.do(unread(9));
    one.ack();
    clock.pass(60);
    assert.deepEqual([bare(one), one.lane.frames], [[read(9, 4)], [unread(9)]]);
    two.back();
    two.ack();
    assert.deepEqual([bare(two), browser.held.size, one.told.at(-1)], [[unread(9)], 0, ['done', 'unread']]);
});

test('what a form has done otherwise since is dropped, in all tabs, and does not come after it', () => {
    const one = tab('one', { isOpen: false }), two = tab('two', { isOpen: false });
    one.lane.do(unread(9));
    one.lane.do(mute(9, true));
    two.lane.do(read(8, 3));
    two.lane.drop(({ type }) => type === 'unread');
    assert.deepEqual([one.lane.frames, one.told.at(-1)], [[mute(9, true), read(8, 3)], ['dropped', 'unread']]);
    one.back();
    one.ack();
    two.back();
    assert.deepEqual([bare(one), bare(two)], [[mute(9, true)], [read(8, 3)]]);
});

test('without locks a page sends what it finds when it comes, and two of them end', () => {
    const one = tab('one', { locks: null, isOpen: false });
    one.lane.do(unread(9));
    const two = tab('two', { locks: null });
    one.back();
    assert.deepEqual([bare(one), bare(two)], [[unread(9)], [unread(9)]]);
    one.ack();
    two.ack();
    clock.pass(DAY);
    assert.deepEqual([one.sent.length, two.sent.length, browser.held.size], [1, 1, 0]);
});

test('after a day it is dropped', () => {
    const one = tab('one', { isOpen: false });
    one.lane.do(unread(9));
    clock.pass(DAY - 1);
    one.lane.do(mute(8, true));
    clock.pass(2);
    assert.deepEqual(one.lane.frames, [mute(8, true)]);
    one.lane.do(read(9, 1));
    assert.deepEqual(one.lane.frames, [mute(8, true), read(9, 1)], 'what has been dropped supersedes nothing');
    one.back();
    one.ack();
    one.ack();
    assert.deepEqual([bare(one), browser.held.size], [[mute(8, true), read(9, 1)], 0]);
});

test('where nothing can be kept it still goes out', () => {
    const full = { length: 0, key: () => null, getItem: () => null, removeItem: () => {}, setItem: () => { throw new Error('full'); } };
    for (const storage of [full, null]) {
        const one = tab('one', { isOpen: false, storage: storage ?? { get length() { throw new Error('forbidden'); } } });
        one.lane.do(read(9, 4));
        one.lane.do(unread(9));
        one.lane.do(mute(9, true));
        assert.deepEqual(one.lane.frames, [unread(9), mute(9, true)]);
        one.back();
        one.ack();
        one.ack();
        assert.deepEqual([bare(one), one.lane.frames], [[unread(9), mute(9, true)], []]);
    }
});

test('what lies in the storage and is no verb harms nothing, and goes with the next', () => {
    const one = tab();
    const storage = browser.storage();
    for (const text of ['{', 'null', '[]', '{"ref":"x","frame":{"type":"constructor"}}', '{"ref":"y","owner":"o","state":"waits","at":1}']) {
        storage.setItem(`messenger.verbs /command 1 ${text}`, text);
    }
    one.lane.do(read(9, 4));
    one.ack();
    assert.deepEqual([bare(one), browser.held.size], [[read(9, 4)], 0]);
});

test('logging out takes it away, also from the other tabs', () => {
    const one = tab('one', { isOpen: false });
    one.lane.do(unread(9));
    leave(browser.storage(), { home: '/command', userId: 1 });
    one.back();
    assert.deepEqual([browser.held.size, one.lane.frames, one.sent], [0, [], []]);
});
