// The queue of unsent messages among several tabs of one browser: nothing lost, nothing sent by two, nothing shown to another member.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Keep } from '../../../applications/messenger/static/js/unsent/keep.js';
import { Outbox } from '../../../applications/messenger/static/js/unsent/outbox.js';
import { Tab } from '../../../applications/messenger/static/js/unsent/tab.js';
import { PretendBrowser, PretendClock, settle } from '../pretend.mjs';

const ack = (ref, id = 1) => ({ type: 'ack', ref, id, seq: id, conversation: 9, number: id, timestamp: '2026-11-23T09:02:11Z' });
let browser, clock, refs;

beforeEach(() => {
    browser = new PretendBrowser();
    clock = new PretendClock();
    refs = 0;
});

// A tab of member `userId`; what it sends is in `sent`, what it shows in `told`.
function tab(id, { userId = 1, locks = browser.locks, isOpen = true, home = '/command' } = {}) {
    const made = { isOpen, sent: [], told: [] };
    const storage = browser.storage(event => {
        const entry = keep.changed(event);
        if (entry && made.outbox.tab.leaving?.signal.aborted === false) {
            made.outbox.heard(entry);
        }
    });
    const keep = new Keep({ storage, home, userId });
    made.outbox = new Outbox({
        keep, clock, tab: new Tab({ id, locks }), newRef: () => `ref-${refs += 1}`, epoch: () => 'e',
        carry: frame => made.isOpen && made.sent.push(frame.content) > 0,
    });
    made.outbox.onSent = (entry, { id: stored }) => made.told.push(['sent', entry.content, stored]);
    made.outbox.onFailed = entry => made.told.push(['failed', entry.content]);
    made.outbox.onHeard = entry => made.told.push([entry.state, entry.content]);
    made.outbox.onDiscarded = entry => made.told.push(['discarded', entry.content]);
    made.outbox.open();
    return made;
}

const unsent = ({ outbox }) => outbox.entries.map(entry => entry.content);

test('what one tab writes the other shows and does not send', async () => {
    const one = tab('one'), two = tab('two');
    await settle();
    one.outbox.write(2, 'hello');
    two.outbox.flush();
    await settle();
    assert.deepEqual([one.sent, two.sent, two.told], [['hello'], [], [['sending', 'hello']]]);
    one.outbox.answer(ack('ref-1', 7));
    assert.deepEqual(two.told.at(-1), ['sent', 'hello', 7]);
    assert.deepEqual([unsent(one), unsent(two), browser.held.size], [[], [], 0]);
});

test('what a closed tab has left is sent by one of the others, in order', async () => {
    const one = tab('one', { isOpen: false }), two = tab('two'), three = tab('three');
    await settle();
    one.outbox.write(2, 'first');
    one.outbox.write(2, 'second');
    await settle();
    assert.deepEqual([two.sent, three.sent], [[], []]);
    one.outbox.close();
    await settle();
    assert.deepEqual([two.sent, three.sent], [['first'], []]);
    two.outbox.answer(ack('ref-1'));
    two.outbox.answer(ack('ref-2'));
    assert.deepEqual([two.sent, three.sent, browser.held.size], [['first', 'second'], [], 0]);
});

test('when the heir goes too, the next one inherits both', async () => {
    const one = tab('one', { isOpen: false }), two = tab('two', { isOpen: false }), three = tab('three');
    await settle();
    one.outbox.write(2, 'of one');
    two.outbox.write(2, 'of two');
    one.outbox.close();
    await settle();
    two.outbox.close();
    await settle();
    three.outbox.answer(ack(three.sent[0] === 'of one' ? 'ref-1' : 'ref-2'));
    assert.deepEqual(three.sent.sort(), ['of one', 'of two']);
});

test('a reload, and a browser that was closed, lose nothing', async () => {
    const before = tab('before', { isOpen: false });
    before.outbox.write(2, 'kept');
    before.outbox.close();
    const after = tab('after');
    assert.deepEqual(unsent(after), ['kept']);
    await settle();
    assert.deepEqual(after.sent, ['kept']);
});

test('what another member, or another install, has left is neither shown nor sent', async () => {
    const ann = tab('ann', { isOpen: false });
    ann.outbox.write(2, 'a secret');
    ann.outbox.close();
    const others = [tab('bob', { userId: 11 }), tab('eve', { userId: 3 }), tab('copy', { home: '/copy/command' })];
    await settle();
    others.forEach(({ outbox }) => outbox.flush());
    others.forEach(other => assert.deepEqual([other.sent, unsent(other), other.told], [[], [], []]));
    assert.deepEqual(unsent(tab('again')), ['a secret']);
});

test('a failed message is failed in both tabs, and either may send it again or discard it', async () => {
    const one = tab('one'), two = tab('two');
    await settle();
    one.outbox.write(2, 'again');
    one.outbox.write(2, 'never');
    one.outbox.answer({ type: 'error', ref: 'ref-1', code: 'no_such_user', message: 'A sentence.' });
    one.outbox.answer({ type: 'error', ref: 'ref-2', code: 'no_such_user', message: 'A sentence.' });
    assert.deepEqual(two.told.slice(-2), [['failed', 'again'], ['failed', 'never']]);
    two.outbox.retry('ref-1');
    await settle();
    one.outbox.flush();
    assert.deepEqual([one.sent, two.sent], [['again', 'never'], ['again']], 'who sends it again sends it alone');
    two.outbox.discard('ref-2');
    two.outbox.answer(ack('ref-1', 7));
    assert.deepEqual(one.told.slice(-2), [['discarded', 'never'], ['sent', 'again', 7]]);
    assert.deepEqual([unsent(one), unsent(two), browser.held.size], [[], [], 0]);
});

test('a page that comes back learns what other tabs did meanwhile', async () => {
    const one = tab('one', { isOpen: false }), two = tab('two');
    await settle();
    one.outbox.write(2, 'hello');
    one.outbox.close();
    await settle();
    two.outbox.answer(ack('ref-1'));
    one.isOpen = true;
    one.outbox.open();
    one.outbox.flush();
    assert.deepEqual([one.sent, unsent(one)], [[], []]);
});

test('a message that came back through the feed of one tab is sent for the other', async () => {
    const one = tab('one'), two = tab('two');
    await settle();
    one.outbox.write(2, 'hello');
    two.outbox.answer({ ...ack('ref-1', 7), type: 'message', content: 'hello' });
    assert.deepEqual(one.told, [['sent', 'hello', 7]]);
    one.outbox.write(2, 'more');
    assert.deepEqual(one.sent, ['hello', 'more'], 'and holds up nothing');
    one.outbox.answer(ack('ref-1', 7));
    assert.equal(one.told.length, 1);
});

test('where there are no locks, a page sends for the tabs whose messages it finds when it comes, and for no others', async () => {
    const without = { locks: null };
    const one = tab('one', { ...without, isOpen: false });
    one.outbox.write(2, 'found');
    const two = tab('two', without), three = tab('three', { ...without, isOpen: false });
    two.outbox.flush();
    three.outbox.write(2, 'later');
    two.outbox.answer(ack('ref-1'));
    assert.deepEqual([two.sent, unsent(two)], [['found'], ['later']]);
    assert.deepEqual(unsent(one), ['later'], 'and who still is there hears of it');
});

test('a storage that is broken, full or forbidden costs what outlives the page, and nothing else', () => {
    const full = () => { throw new Error('QuotaExceededError'); };
    for (const storage of [null, { ...browser.storage(), setItem: full, removeItem: full }]) {
        const keep = new Keep({ storage, home: '/command', userId: 1 });
        const sent = [];
        const outbox = new Outbox({
            keep, clock, tab: new Tab({ id: 'one', locks: browser.locks }), newRef: () => 'ref', epoch: () => 'e',
            carry: frame => sent.push(frame.content) > 0,
        });
        outbox.open();
        outbox.write(2, 'hello');
        outbox.answer(ack('ref'));
        assert.deepEqual([sent, outbox.entries], [['hello'], []]);
    }
});

test('what is not an entry is not taken for one', () => {
    const entry = { ref: 'a', receiver: 2, content: 'hello', at: 1, epoch: 'e', owner: 'one', state: 'sending' };
    const storage = browser.storage();
    const keep = new Keep({ storage, home: '/command', userId: 1 });
    ['{nonsense', 'null', '[]', JSON.stringify({ ...entry, receiver: '2' }), JSON.stringify({ ...entry, state: 'sent' })]
        .forEach((text, index) => storage.setItem(`${keep.prefix}${index}`, text));
    storage.setItem('something else', JSON.stringify(entry));
    assert.deepEqual(keep.load(), []);
    keep.save(entry);
    assert.deepEqual(keep.load(), [entry]);
    assert.equal(keep.changed({ key: 'something else', newValue: JSON.stringify(entry) }), null);
    assert.equal(keep.changed({ key: null, newValue: null }), null, 'the storage was emptied');
});
