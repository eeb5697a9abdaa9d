// What is being written in several tabs of one browser: each keeps its own, none is lost, none is sent twice, none is shown to another member.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Drafts } from '../../../applications/messenger/static/js/unsent/drafts.js';
import { Drafting } from '../../../applications/messenger/static/js/unsent/drafting.js';
import { PageTab } from '../../../applications/messenger/static/js/unsent/page_tab.js';
import { leave } from '../../../applications/messenger/static/js/unsent/shelf.js';
import { countDrafts } from '../../../applications/messenger/static/js/unsent/texts.js';
import { PretendBrowser, PretendClock } from '../pretend.mjs';

const HOME = '/command', BOB = 17, DAY = 24 * 3600;
let browser, clock, ids;

beforeEach(() => {
    browser = new PretendBrowser();
    clock = new PretendClock();
    ids = 0;
});

// What a tab has for itself; `from` is the tab that it is a duplicate of.
function tab(from) {
    const session = new PretendBrowser();
    from?.held.forEach((value, key) => session.held.set(key, value));
    return session;
}

// A page in a tab, with a field to write to Bob; `types(text)` is what somebody does in it.
function page(session = tab(), { userId = 1, home = HOME, place = BOB, came = '', isUsed = () => false, storage } = {}) {
    const made = { session, composer: { text: came }, isHere: true };
    const heard = event => {
        const changed = made.isHere && made.drafts?.changed(event);
        if (changed) {
            made.drafting.heard(changed);
        }
    };
    const newId = () => `id-${ids += 1}`;
    made.drafts = new Drafts({
        storage: storage === undefined ? browser.storage(heard) : storage, home, userId, session: session.storage(), clock, newId,
        tab: new PageTab({ session: session.storage(), newId }),
    });
    made.drafting = new Drafting({ drafts: made.drafts, composer: made.composer, place, isUsed });
    made.drafting.open();
    made.types = text => {
        clock.pass(1);
        made.composer.text = text;
        made.composer.onChange(text);
    };
    made.sends = () => {
        made.composer.onTaken(made.composer.text);
        made.types('');
    };
    made.goes = () => {
        made.drafts.leave();
        made.isHere = false;
    };
    made.reloads = options => {
        made.goes();
        return page(session, { userId, home, place, ...options });
    };
    return made;
}

const text = ({ composer }) => composer.text;
const kept = () => Array.from(browser.held.keys());

test('a text is there again after a reload, and when its tab is gone', () => {
    const one = page();
    one.types('half a thought');
    const again = one.reloads();
    assert.equal(text(again), 'half a thought');
    again.goes();
    assert.equal(text(page()), 'half a thought');
});

test('two tabs that write to the same person keep a text each, over reloads', () => {
    const one = page(), two = page();
    one.types('of one');
    assert.equal(text(two), 'of one', 'a tab nobody writes in follows');
    two.types('of two');
    assert.equal(text(one), 'of one');
    assert.deepEqual([text(one.reloads()), text(two.reloads())], ['of one', 'of two']);
});

test('a duplicated tab begins with the same text and does not overwrite it', () => {
    const one = page();
    one.types('the first');
    const copy = page(tab(one.session));
    assert.equal(text(copy), 'the first');
    page().types('a third, newer');
    const again = page(tab(one.session));
    assert.equal(text(again), 'the first', 'that of the tab it was made from, not the newest');
    copy.types('another');
    assert.deepEqual([text(one.reloads()), text(copy.reloads())], ['the first', 'another']);
});

test('a page after a crash shows what that tab had', () => {
    const one = page(), two = page();
    one.types('of one');
    two.types('of two');
    one.isHere = false;
    assert.equal(text(page(one.session)), 'of one');
});

test('a page that is fetched again by the back button is in the tab it was in', () => {
    const one = page();
    one.goes();
    page(one.session).goes();
    const { id } = one.drafts.tab;
    one.drafts.enter();
    assert.equal(one.drafts.tab.id, id);
});

test('what a tab that is gone has left goes on here, and the earlier half does not come back', () => {
    const one = page();
    one.types('half a thou');
    one.goes();
    const two = page();
    two.types('half a thought');
    assert.equal(kept().length, 1);
    two.sends();
    assert.deepEqual([text(two.reloads()), kept().length], ['', 0]);
});

test('cleared by its writer it is gone, unless the tab it is from is still there', () => {
    const one = page();
    one.types('of one');
    const two = page();
    two.types('');
    const again = one.reloads();
    assert.equal(text(again), 'of one');
    again.goes();
    page().types('');
    assert.deepEqual(kept(), []);
});

test('several texts that tabs have left come one after the other', () => {
    const tabs = [page(), page(), page()];
    tabs.forEach((one, number) => one.types(`text ${number}`));
    tabs.forEach(one => one.goes());
    const seen = [];
    let next = page();
    while (text(next)) {
        seen.push(text(next));
        next.sends();
        next = next.reloads();
    }
    assert.deepEqual([seen, kept()], [['text 2', 'text 1', 'text 0'], []]);
});

test('what is sent is cleared with its copies, and nothing that another tab has written differently', () => {
    const one = page(), copy = page(tab(), { isUsed: () => true }), other = page();
    one.types('to be sent');
    copy.types('to be sent ');
    other.types('different');
    one.sends();
    assert.deepEqual([text(copy.reloads()), text(other.reloads())], ['different', 'different']);
    assert.equal(kept().length, 1);
});

test('sent where it was only shown it is sent in the tab it was written in, too', () => {
    const one = page(), two = page();
    one.types('to be sent');
    two.sends();
    assert.deepEqual([text(one), text(one.reloads()), kept()], ['', '', []]);
});

test('nothing is changed under the hands of who writes', () => {
    const one = page(tab(), { isUsed: () => true });
    page().types('of another');
    assert.equal(text(one), '');
});

test('each place has its own', () => {
    const bob = page(), fresh = page(bob.session, { place: 'new' });
    bob.types('to Bob');
    fresh.types('["Cid","hello"]');
    assert.deepEqual([bob.drafts.of(BOB), bob.drafts.of('new'), bob.drafts.of(18)], ['to Bob', '["Cid","hello"]', '']);
    assert.deepEqual(Array.from(bob.drafts.all()), [[BOB, 'to Bob']], 'conversations only');
});

test('what was posted stays until a page says that it was taken', () => {
    const one = page(tab(), { place: 'new' });
    one.types('hello');
    one.drafts.posted('new', 'hello', 'ref-1');
    const refused = one.reloads();
    assert.equal(text(refused), 'hello', 'no answer came');
    refused.drafts.posted('new', 'hello', 'ref-1');
    const sent = page(tab(), { place: BOB });
    sent.drafts.taken(['ref-0', 'ref-1']);
    assert.deepEqual([text(refused), kept()], ['', []]);
});

test('what was posted and may have been taken has its name until it is changed, also where it is shown again', () => {
    const one = page();
    one.types('hello');
    one.drafts.posted(BOB, 'hello', 'ref-1');
    const [again, other] = [one.reloads(), page()];
    assert.deepEqual([again.drafts.refOf(BOB, 'hello'), other.drafts.refOf(BOB, 'hello')], ['ref-1', 'ref-1']);
    assert.equal(again.drafts.refOf(BOB, 'hello!'), undefined);
    again.types('hello!');
    assert.equal(again.drafts.refOf(BOB, 'hello!'), undefined);
});

test('what was changed after it was posted stays', () => {
    const one = page();
    one.drafts.posted(BOB, 'hello', 'ref-1');
    one.types('hello again');
    one.drafts.taken(['ref-1', undefined]);
    assert.equal(text(one.reloads()), 'hello again');
});

test('a page that comes with what was refused keeps that, and for later what else was written there', () => {
    const one = page();
    one.types('hello ');
    one.drafts.posted(BOB, 'hello ', 'ref-1');
    const refused = one.reloads({ came: 'hello' });
    assert.deepEqual([text(refused), kept().length], ['hello', 1]);
    refused.types('other');
    const login = refused.reloads({ came: 'from before the login' });
    login.sends();
    assert.equal(text(login.reloads()), 'other');
});

test('what the version before has kept is shown, counted, goes on and goes', () => {
    const key = `messenger.draft ${HOME} 1 ${BOB}`;
    browser.held.set(key, '{"not":"of ours"}');
    assert.equal(countDrafts({ storage: browser.storage(), home: HOME, userId: 1 }), 1);
    const one = page();
    assert.equal(text(one), '{"not":"of ours"}');
    one.types('more');
    assert.deepEqual([kept().length, text(one.reloads())], [1, 'more']);
    assert.equal(browser.held.has(key), false);
});

test('another member, and another install, get nothing of it', () => {
    const one = page();
    one.types('a secret');
    one.goes();
    assert.deepEqual([text(page(one.session, { userId: 11 })), text(page(tab(), { home: '/copy/command' }))], ['', '']);
});

test('after thirty days a draft goes, unless it is of the tab that is there', () => {
    const old = page(tab(), { place: 18 }), own = page();
    own.types('own');
    old.types('old');
    old.goes();
    clock.pass(29 * DAY);
    page(tab(), { userId: 2 }).goes();
    assert.equal(kept().length, 2);
    clock.pass(2 * DAY);
    assert.equal(text(own.reloads()), 'own');
    assert.equal(kept().length, 1);
});

test('of too much the oldest goes, whoever has written it, and never what is being written', () => {
    const large = 'x'.repeat(450_000);
    const pages = [1, 2, 3].map(userId => page(tab(), { userId }));
    pages.forEach(one => {
        one.types(large);
        one.goes();
    });
    page(tab(), { userId: 4 }).goes();
    assert.deepEqual(kept().map(key => key.split(' ')[2]), ['2', '3']);
    const own = page(tab(), { userId: 5 });
    own.types('y'.repeat(1_200_000));
    assert.equal(text(own.reloads()).length, 1_200_000);
    assert.equal(kept().length, 1);
});

test('a storage that is full or forbidden costs what outlives the page, and what is in the field stays', () => {
    const full = () => { throw new Error('QuotaExceededError'); };
    for (const storage of [null, { ...browser.storage(), setItem: full }]) {
        const one = page(tab(), { storage });
        one.types('hello');
        one.drafting.heard(BOB);
        one.drafting.reopen();
        assert.equal(text(one), 'hello');
        one.sends();
        assert.equal(text(one), '');
    }
});

test('where a full storage has old drafts they make room', () => {
    const old = page();
    old.types('old');
    old.goes();
    clock.pass(31 * DAY);
    const plain = browser.storage();
    const one = page(tab(), { storage: plain });
    browser.held.set(`messenger.draft ${HOME} 9 ${BOB} of-another-member`, JSON.stringify({ text: 'x', at: 0 }));
    plain.setItem = (key, value) => {
        assert.equal(browser.held.size, 0, 'QuotaExceededError');
        browser.held.set(key, value);
    };
    one.types('new');
    assert.equal(text(one.reloads()), 'new');
});

test('what leaving counts are texts, not copies of them', () => {
    const whose = { storage: browser.storage(), home: HOME, userId: 1 };
    const pages = [page(), page(), page(), page(tab(), { place: 18 }), page(tab(), { place: 'begin' })];
    ['same', 'same', 'different', 'same', 'Bob'].forEach((written, number) => pages[number].types(written));
    assert.equal(countDrafts(whose), 3);
});

test('after a logout elsewhere nothing is kept for all tabs, and an open one gives its text back to the same member', () => {
    const one = page(), closed = page(tab(), { place: 18 });
    one.types('half a thought');
    closed.types('to Cid');
    closed.goes();
    leave(browser.storage(), { home: HOME, userId: 1 });
    one.types('half a thought more');
    assert.deepEqual(kept(), []);
    const again = one.reloads();
    assert.equal(text(again), 'half a thought more');
    assert.equal(text(page(tab(), { place: 18 })), '');
    assert.deepEqual(Array.from(one.session.held.keys()), ['messenger.tab'], 'it is among the others again');
});

test('another member who logs in in that tab gets nothing, and nobody after them', () => {
    const one = page();
    one.types('a secret');
    leave(browser.storage(), { home: HOME, userId: 1 });
    assert.match(JSON.stringify(Array.from(one.session.held)), /a secret/);
    const copy = one.reloads({ userId: 1, home: '/copy/command' });
    assert.equal(text(copy), '');
    const eve = copy.reloads({ userId: 2, home: HOME });
    assert.equal(text(eve), '');
    assert.doesNotMatch(JSON.stringify(Array.from(one.session.held)), /a secret/);
    assert.equal(text(eve.reloads({ userId: 1 })), '');
});

test('a session that ended by itself leaves the drafts where they are', () => {
    const one = page();
    one.types('half');
    one.drafts.onEnded('logged-out');
    one.types('half a thought');
    assert.equal(text(page()), 'half');
    assert.equal(text(one.reloads()), 'half a thought');
    assert.equal(kept().length, 1);
});

test('after a session that ended by itself what was sent from another tab does not come back in this one', () => {
    const one = page(), two = page();
    one.types('half a thought');
    assert.equal(text(two), 'half a thought');
    [one, two].forEach(({ drafts }) => drafts.onEnded());
    const again = one.reloads();
    again.sends();
    const other = two.reloads();
    assert.deepEqual([text(other), kept()], ['', []]);
    [again, other].forEach(page => page.goes());
    const late = page(), ended = page();
    late.types('kept and gone');
    ended.types('kept, too');
    ended.drafts.onEnded();
    leave(browser.storage(), { home: HOME, userId: 1 });
    assert.equal(text(ended.reloads()), 'kept, too', 'a logout that is heard of later takes nothing from it');
});

test('a full storage keeps nobody from leaving', () => {
    const one = page();
    one.types('a secret');
    const plain = browser.storage(), store = plain.setItem;
    plain.setItem = (...item) => {
        assert.ok(item[1] === '' && browser.held.has(item[0]) || browser.held.size === 0, 'QuotaExceededError');
        store(...item);
    };
    leave(plain, { home: HOME, userId: 1 });
    assert.deepEqual(kept(), []);
});

test('a page that has ended puts nothing back that somebody goes on with in another tab', () => {
    const one = page(), [two] = [page()];
    one.types('hello');
    one.drafts.onEnded();
    two.drafting.reopen();
    assert.equal(two.composer.text, 'hello');
    two.types('hello Ann');
    two.sends();
    assert.equal(page().composer.text, '');
});
