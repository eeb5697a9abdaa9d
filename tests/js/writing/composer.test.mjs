// What the composer is made of: which key sends, how much room is left, what is kept of a text that isn't sent.
import assert from 'node:assert/strict';
import test from 'node:test';
import { leave } from '../../../applications/messenger/static/js/unsent/shelf.js';
import { Drafting } from '../../../applications/messenger/static/js/unsent/drafting.js';
import { Drafts } from '../../../applications/messenger/static/js/unsent/drafts.js';
import { enterOf, isSend } from '../../../applications/messenger/static/js/writing/keys.js';
import { roomIn } from '../../../applications/messenger/static/js/writing/room.js';
import { Keep } from '../../../applications/messenger/static/js/unsent/keep.js';
import { PretendBrowser, PretendClock } from '../pretend.mjs';

const ENTER = { key: 'Enter', keyCode: 13, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
const clock = new PretendClock();
const oneTab = { id: 'tab', before: null, enter() {}, leave() {} };

// The drafts as the pages of one tab have them; several tabs are in unsent/drafts.test.mjs.
const drafts = (storage, userId = 1, home = '/command') => new Drafts({ storage, home, userId, session: null, clock, newId: () => 'left', tab: oneTab });

test('Enter sends on a keyboard and breaks the line on a touch screen, unless somebody has chosen', () => {
    assert.deepEqual([enterOf('usual', false), enterOf('usual', true)], ['sends', 'breaks']);
    assert.deepEqual([enterOf('sends', true), enterOf('breaks', false)], ['sends', 'breaks']);
});

test('where Enter sends, Shift and Enter breaks the line, and Ctrl or Cmd and Enter sends as well', () => {
    assert.equal(isSend(ENTER, 'sends'), true);
    assert.equal(isSend({ ...ENTER, shiftKey: true }, 'sends'), false);
    assert.equal(isSend({ ...ENTER, ctrlKey: true }, 'sends'), true);
    assert.equal(isSend({ ...ENTER, altKey: true }, 'sends'), false);
    assert.equal(isSend({ key: 'a', ctrlKey: true }, 'sends'), false);
});

test('where Enter breaks the line, it sends with Ctrl or Cmd only', () => {
    assert.equal(isSend(ENTER, 'breaks'), false);
    assert.equal(isSend({ ...ENTER, ctrlKey: true }, 'breaks'), true);
    assert.equal(isSend({ ...ENTER, metaKey: true }, 'breaks'), true);
    assert.equal(isSend({ ...ENTER, shiftKey: true }, 'breaks'), false);
});

test('Enter that chooses a word of an input method sends nothing, whichever way', () => {
    for (const enter of ['sends', 'breaks']) {
        assert.equal(isSend({ ...ENTER, isComposing: true, ctrlKey: true }, enter), false);
        assert.equal(isSend({ key: 'Enter', keyCode: 229, ctrlKey: true }, enter), false);
    }
});

test('how much room is left is told in the last tenth, and below zero beyond it', () => {
    assert.deepEqual([0, 89, 90, 91, 100, 101, 250].map(length => roomIn('x'.repeat(length), 100)), [null, null, 10, 9, 0, -1, -150]);
    assert.equal(roomIn('x'.repeat(10), 5), -5);
    assert.equal(roomIn('', 5), null);
});

test('characters are counted as the server counts them: one for each code point, one for each half of none', () => {
    assert.equal(roomIn('😀'.repeat(95), 100), 5);
    assert.equal(roomIn('😀'.repeat(50), 100), null, 'though it has a hundred units');
    assert.equal(roomIn(`${'x'.repeat(90)}e\u0301👩‍👧`, 100), 5);
    assert.equal(roomIn(`${'x'.repeat(95)}\ud83d`, 100), 4);
});

test('a text that isn\'t sent is kept for its conversation, until it is sent or taken away', () => {
    const { storage, held } = browserOf();
    drafts(storage).keep(2, 'for Bob');
    drafts(storage).keep(3, 'for Cid\n');
    assert.equal(drafts(storage).of(2), 'for Bob');
    assert.deepEqual(drafts(storage).all(), new Map([[2, 'for Bob'], [3, 'for Cid\n']]));
    drafts(storage).keep(2, '');
    drafts(storage).keep(3, ' \n');
    assert.equal(drafts(storage).of(2), '');
    assert.equal(held.size, 0);
});

test('another member and another install have drafts of their own', () => {
    const { storage } = browserOf();
    drafts(storage, 1).keep(2, 'a secret');
    for (const other of [drafts(storage, 2), drafts(storage, 11), drafts(storage, 1, '/other/command')]) {
        assert.equal(other.of(2), '');
        assert.equal(other.all().size, 0);
        assert.equal(other.changed({ key: 'messenger.draft /command 1 2' }), null);
    }
});

test('what another tab keeps is heard of, and nothing else', () => {
    const browser = new PretendBrowser(), heard = [];
    const here = drafts(browser.storage(event => heard.push(here.changed(event))));
    const there = browser.storage();
    drafts(there).keep(2, 'x');
    there.setItem('messenger.outbox /command 1 ref', '{}');
    there.setItem('site', 'x');
    drafts(there).keep(2, '');
    assert.deepEqual(heard, [2, null, null, 2]);
    assert.equal(here.changed({ key: null }), null, 'all was cleared');
});

test('where nothing can be kept, nothing fails', () => {
    const full = { getItem: () => null, setItem() { throw new Error('full'); }, get length() { throw new Error('off'); } };
    for (const storage of [null, full]) {
        assert.equal(drafts(storage).keep(2, 'x'), false);
        assert.equal(drafts(storage).of(2), '');
        assert.equal(drafts(storage).all().size, 0);
    }
});

test('logging out takes away what is kept for that member, sent or not, and nothing else', () => {
    const { storage, held } = browserOf();
    const kept = userId => new Keep({ storage, home: '/command', userId });
    for (const userId of [1, 11]) {
        drafts(storage, userId).keep(2, 'a draft');
        kept(userId).save({ ref: 'r', receiver: 2, content: 'unsent', at: 1, owner: 'tab', state: 'sending' });
    }
    drafts(storage, 1, '/other/command').keep(2, 'of another install');
    storage.setItem('site', 'of another application');
    leave(storage, { home: '/command', userId: '1' });
    assert.deepEqual([drafts(storage, 1).of(2), kept(1).load()], ['', []]);
    assert.deepEqual([drafts(storage, 11).of(2), kept(11).load().length], ['a draft', 1]);
    assert.deepEqual(Array.from(held.keys()).filter(key => key.includes(' 1 ')), ['messenger.draft /other/command 1 2 tab']);
    assert.equal(held.get('site'), 'of another application');
});

test('after somebody has logged out, their other tabs keep nothing more', () => {
    const browser = new PretendBrowser();
    const here = drafts(browser.storage(event => here.changed(event)));
    const unsent = new Keep({ storage: browser.storage(event => unsent.changed(event)), home: '/command', userId: 1 });
    const heard = [], other = [];
    const listening = userId => new Keep({ storage: browser.storage(event => (userId === 1 ? heard : other).push(listeners[userId].isLeftBy(event))), home: '/command', userId });
    const listeners = { 1: listening(1), 11: listening(11) };
    leave(browser.storage(), { home: '/command', userId: 1 });
    assert.deepEqual([heard.filter(Boolean).length, other.filter(Boolean).length], [1, 0], 'and hear of it once, nobody else does');
    assert.equal(here.keep(2, 'typed afterwards'), false);
    unsent.save({ ref: 'r', content: 'sent afterwards' });
    assert.equal(browser.held.size, 0);
});

test('a full storage is emptied all the same', () => {
    const { storage, held } = browserOf();
    drafts(storage).keep(2, 'x');
    const setItem = () => {
        throw new Error('full');
    };
    leave(Object.assign(Object.create(storage), { setItem }), { home: '/command', userId: 1 });
    assert.equal(held.size, 0);
});

test('the composer shows what was kept, keeps what is typed, and forgets what is sent', () => {
    const { storage } = browserOf();
    drafts(storage).keep(2, 'begun');
    const { composer } = draftingIn(storage);
    assert.equal(composer.text, 'begun');
    composer.type('begun and');
    assert.equal(drafts(storage).of(2), 'begun and');
    composer.type('');
    assert.equal(drafts(storage).of(2), '');
});

test('what the page came with stays in the composer, and is kept', () => {
    const { storage } = browserOf();
    drafts(storage).keep(2, 'begun');
    assert.equal(draftingIn(storage, { text: 'could not be sent' }).composer.text, 'could not be sent');
    assert.equal(drafts(storage).of(2), 'could not be sent');
});

test('another tab\'s text is followed, but not under the hands of who is writing', () => {
    const { storage } = browserOf();
    const used = draftingIn(storage, { isUsed: true }), unused = draftingIn(storage);
    drafts(storage).keep(2, 'from the other tab');
    drafts(storage).keep(3, 'for somebody else');
    for (const { drafting } of [used, unused]) {
        drafting.heard(3);
        drafting.heard(2);
    }
    assert.deepEqual([used.composer.text, unused.composer.text], ['', 'from the other tab']);
    drafts(storage).keep(2, '');
    unused.drafting.heard(2);
    assert.equal(unused.composer.text, '', 'it was sent there: here it must not be sent again');
});

test('a page that comes back shows what was kept meanwhile, but keeps its text where nothing else does', () => {
    const { storage } = browserOf();
    const kept = draftingIn(storage), alone = draftingIn(null);
    kept.composer.type('one');
    drafts(storage).keep(2, 'two');
    kept.drafting.reopen();
    assert.equal(kept.composer.text, 'two');
    alone.composer.type('one');
    alone.drafting.reopen();
    assert.equal(alone.composer.text, 'one');
});

function draftingIn(storage, { text = '', isUsed = false } = {}) {
    const composer = { text, type: content => composer.onChange(composer.text = content) };
    const drafting = new Drafting({ drafts: drafts(storage), composer, place: 2, isUsed: () => isUsed });
    drafting.open();
    return { composer, drafting };
}

function browserOf() {
    const browser = new PretendBrowser();
    return { storage: browser.storage(), held: browser.held };
}
