// The order of messages, how they stand to each other, and on which day.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Calendar } from '../../../applications/messenger/static/js/thread/model/calendar.js';
import { standingOf } from '../../../applications/messenger/static/js/thread/model/grouping.js';
import { Order } from '../../../applications/messenger/static/js/thread/model/order.js';

const utcDay = at => at.slice(0, 10);
const cases = JSON.parse(readFileSync(new URL('../../cases/groups.json', import.meta.url), 'utf-8'));

function words({ startsDay, startsTurn, continues }) {
    return Object.entries({ day: startsDay, turn: startsTurn, continues }).filter(([, isSo]) => isSo).map(([word]) => word).join(' ');
}

test('messages stand to each other as the table says', () => {
    for (const { messages, stands, news } of cases) {
        const items = messages.map(([sender, at]) => ({ sender, at }));
        assert.deepEqual(items.map((item, index) => words(standingOf(items[index - 1], item, utcDay, index === news))), stands);
    }
});

test('what failed is not part of a group, nor is what follows it', () => {
    const at = '2026-01-02T10:00:00Z';
    const [sent, failed] = [{ sender: '1', at }, { sender: '1', at, isFailed: true }];
    assert.equal(standingOf(sent, failed, utcDay).continues, false);
    assert.equal(standingOf(failed, sent, utcDay).continues, false);
    assert.equal(standingOf(sent, sent, utcDay).continues, true);
});

test('items lie in the order of their numbers, those without one at the end in the order they came', () => {
    const order = new Order();
    const item = number => ({ number });
    const [one, two, five, pending, later] = [item(1), item(2), item(5), {}, {}];
    [pending, five, one, later, two].forEach(each => order.add(each));
    assert.deepEqual(order.filter(() => true), [one, two, five, pending, later]);
    assert.deepEqual([order.first, order.before(one), order.after(one), order.before(pending), order.after(later)], [one, undefined, two, five, undefined]);
    assert.deepEqual([order.upTo(0), order.upTo(1), order.upTo(4), order.upTo(99), order.upTo()], [undefined, one, two, five, five]);
});

test('an item is found again among thousands without looking at all of them', () => {
    const order = new Order();
    let looks = 0;
    const items = Array.from({ length: 5000 }, (_, index) => ({ get number() { return (looks += 1, index + 1); } }));
    items.forEach(item => order.add(item));
    looks = 0;
    assert.equal(order.before(items[3000]), items[2999]);
    order.remove(items[2999]);
    assert.equal(order.before(items[3000]), items[2998]);
    assert.equal(order.upTo(3000), items[2998]);
    assert.ok(looks < 100, `${looks} numbers were read`);
});

test('what is not in an order is in nobody\'s way', () => {
    const order = new Order();
    order.add({ number: 1 });
    order.remove({ number: 1 });
    order.remove({ number: 9 });
    order.remove({});
    assert.equal(order.length, 1);
});

const texts = { today: 'Today', yesterday: 'Yesterday' };
const calendar = (now, more) => new Calendar({ locale: 'en-GB', texts, now: () => new Date(now), ...more });

test('days are called today, yesterday, by their weekday in this year and by their year in others', () => {
    const days = calendar('2026-03-01T12:00:00');
    const name = local => days.nameOf(new Date(local).toISOString());
    assert.equal(name('2026-03-01T00:00:00'), 'Today');
    assert.equal(name('2026-02-28T23:59:59'), 'Yesterday');
    assert.equal(name('2026-02-27T23:59:59'), 'Friday 27 February');
    assert.equal(name('2025-12-31T12:00:00'), '31 December 2025');
    assert.equal(name('2026-03-02T12:00:00'), 'Monday 2 March');
});

test('a day is the reader\'s, not Greenwich\'s', () => {
    const local = new Date(2026, 0, 2, 0, 30);
    const before = new Date(2026, 0, 1, 23, 30);
    const days = calendar('2026-01-02T12:00:00');
    assert.equal(days.dayOf(local.toISOString()), '2026-01-02');
    assert.equal(days.dayOf(before.toISOString()), '2026-01-01');
    assert.equal(days.today, '2026-01-02');
});

test('days and times are in the reader\'s language', () => {
    const days = calendar('2026-03-01T12:00:00', { locale: 'de' });
    const at = new Date(2026, 1, 27, 14, 5).toISOString();
    assert.equal(days.nameOf(at), 'Freitag, 27. Februar');
    assert.equal(days.time(at), '14:05');
    assert.match(days.full(at), /^Freitag, 27\. Februar 2026.+14:05$/);
});

test('a page with an odd language has days and times all the same', () => {
    assert.match(calendar('2026-03-01T12:00:00', { locale: 'C' }).time('2026-03-01T12:00:00Z'), /\d/);
});
