// What waits, where it is said, and which of several tabs tells of it.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Notifications } from '../../../applications/messenger/static/js/noticing/model/notifications.js';
import { Tabs } from '../../../applications/messenger/static/js/unsent/tabs.js';
import { titled, Waiting } from '../../../applications/messenger/static/js/noticing/model/waiting.js';
import { PretendBrowser, settle } from '../pretend.mjs';

const ME = 1;
const row = (conversation, seq, more) => ({
    conversation, user_id: conversation + 100, name: `Member ${conversation}`, unread: 1, last: { seq, sender_id: 2, content: `text ${seq}` }, ...more,
});
const answer = (seq, unread, ...conversations) => ({ seq, unread, conversations });
const ids = rows => rows.map(({ conversation }) => conversation);
let browser;

beforeEach(() => {
    browser = new PretendBrowser();
});

test('news is what others have written since, what is still unread and not muted', () => {
    const waiting = new Waiting({ userId: ME, seq: 10, total: 2 });
    assert.deepEqual(ids(waiting.learn(answer(12, 3, row(9, 11), row(8, 10), row(7, 4)))), [9]);
    assert.equal(waiting.total, 3);
    assert.deepEqual(waiting.learn(answer(12, 3, row(9, 11))), []);
    const own = row(6, 13, { last: { seq: 13, sender_id: ME, content: '' } });
    assert.deepEqual(ids(waiting.learn(answer(16, 1, row(9, 16, { muted: true }), row(8, 15, { unread: 0 }), own, row(5, 14)))), [5]);
    assert.deepEqual(waiting.learn(answer(14, 1, row(5, 14))), [], 'an answer that comes late');
    assert.deepEqual(ids(waiting.learn(answer(17, 1, row(5, 17)))), [5]);
});

test('after a reset nothing that is there is news', () => {
    const waiting = new Waiting({ userId: ME, seq: 500, total: 2 });
    waiting.forget();
    assert.deepEqual(waiting.learn(answer(7, 1, row(9, 7))), []);
    assert.deepEqual(ids(waiting.learn(answer(8, 2, row(9, 8)))), [9]);
});

test('the title has the number before it, once', () => {
    assert.equal(titled('Inbox · Messenger', 3), '(3) Inbox · Messenger');
    assert.equal(titled('(3) Inbox · Messenger', 12), '(12) Inbox · Messenger');
    assert.equal(titled('(12) Inbox · Messenger', 0), 'Inbox · Messenger');
    assert.equal(titled('Chat with (2) Fast · Messenger', 0), 'Chat with (2) Fast · Messenger');
});

// A tab with its notifications; what it shows is in `shown`.
function tab(id, locks = browser.locks) {
    const tabs = new Tabs({ id, locks, prefix: 'notices 1 ' });
    const shown = [], opened = [], played = [];
    const notifications = new Notifications({
        tabs, options: { silent: true }, open: ({ user_id: person }) => opened.push(person), play: () => played.push(id),
        make: (title, options) => {
            const made = { title, ...options, close: () => shown.splice(shown.indexOf(made), 1) };
            shown.push(made);
            return made;
        },
    });
    tabs.enter();
    return { tabs, notifications, shown, opened, played, tell: (...rows) => notifications.tell(rows) };
}

test('one of several tabs tells, and another when that one is gone', async () => {
    const [one, two] = [tab('one'), tab('two')];
    await settle();
    await Promise.all([one.tell(row(9, 11)), two.tell(row(9, 11))]);
    assert.deepEqual([one.shown.length, two.shown.length], [1, 0]);
    one.tabs.leave();
    await settle();
    await Promise.all([one.tell(row(9, 12)), two.tell(row(9, 12))]);
    assert.deepEqual([one.shown.length, two.shown.length], [1, 1]);
    one.tabs.enter();
    await settle();
    assert.deepEqual([one.tabs.isLeader, two.tabs.isLeader], [false, true]);
});

test('while somebody looks at one of the tabs none of them tells', async () => {
    const [one, two] = [tab('one'), tab('two')];
    await settle();
    two.tabs.look(41);
    two.tabs.look(42);
    await settle();
    await one.tell(row(9, 11));
    assert.deepEqual([await one.tabs.looking(), one.shown, one.played.length], [['42'], [], 1], 'a sound is for what one does not look at');
    await one.tell(row(-58, 11));
    assert.equal(one.played.length, 1, 'one looks at it');
    two.tabs.look(null);
    await settle();
    await one.tell(row(9, 12));
    assert.equal(one.shown.length, 1);
    one.tabs.look(0);
    await settle();
    assert.deepEqual(await two.tabs.looking(), ['0']);
    one.tabs.leave();
    await settle();
    assert.deepEqual(await two.tabs.looking(), [], 'a page that is put away is looked at by nobody');
});

test('without locks a tab is alone, and takes nobody to be looking', async () => {
    const one = tab('one', null);
    one.tabs.look(41);
    await one.tell(row(9, 11));
    one.tabs.leave();
    assert.deepEqual([one.tabs.isLeader, one.shown.length], [true, 1]);
});

test('a notification says who and what, leads to the conversation, and goes when that is read', async () => {
    const one = tab('one');
    await settle();
    await one.tell(row(9, 11, { last: { seq: 11, sender_id: 2, content: '🦆'.repeat(300) } }), row(8, 12));
    const [first, second] = one.shown;
    assert.deepEqual([first.title, first.body, first.tag, first.silent], ['Member 9', '🦆'.repeat(200), 'messenger 9', true]);
    one.notifications.learn([row(9, 11), row(8, 12, { unread: 0 }), row(7, 1, { unread: 0 })]);
    assert.deepEqual(one.shown, [first]);
    second.onclick();
    first.onclick();
    assert.deepEqual([one.opened, one.shown], [[108, 109], []]);
});

test('where the browser shows none nothing is kept of it', async () => {
    const tabs = new Tabs({ id: 'one', prefix: '' });
    const notifications = new Notifications({ tabs, make: () => null, open: assert.fail, play: () => {}, options: {} });
    await notifications.tell([row(9, 11)]);
    notifications.learn([row(9, 11, { unread: 0 })]);
});

test('after the end of the session what is shown is taken back, and nothing more is shown or played', async () => {
    const { notifications, shown, played, tell } = tab('a');
    await settle();
    await tell(row(9, 1), row(8, 2));
    assert.equal(shown.length, 2);
    const late = tell(row(7, 3));
    notifications.takeBack();
    await late;
    await tell(row(6, 4));
    assert.deepEqual([shown, played.length], [[], 1]);
});
