import assert from 'node:assert/strict';
import test from 'node:test';
import { Finding, groupsOf, isCalled, stepOf } from '../../../applications/messenger/static/js/list/model/finding.js';
import { PretendClock, settle } from '../pretend.mjs';

function finding() {
    const clock = new PretendClock(), asked = [], shown = [];
    const ask = (typed, signal) => new Promise((answer, fail) => {
        asked.push({ typed, signal, answer, fail });
        signal.addEventListener('abort', () => fail(new Error('called off')));
    });
    return { clock, asked, shown, finding: new Finding({ clock, ask, show: (typed, found) => shown.push([typed, found]) }) };
}

test('nothing is asked before somebody pauses, and then what they have typed by then', async () => {
    const { finding: one, clock, asked, shown } = finding();
    for (const typed of ['b', 'bo', 'bob', 'bob ']) {
        one.type(typed);
        clock.pass(0.09);
    }
    assert.deepEqual(asked.map(({ typed }) => typed), []);
    clock.pass(0.2);
    assert.deepEqual(asked.map(({ typed }) => typed), ['bob']);
    asked[0].answer({ people: [] });
    await settle();
    assert.deepEqual(shown, [['b', null], ['bo', null], ['bob', null], ['bob', { people: [] }]]);
    assert.equal(clock.waiting, 0);
});

test('what is typed while an answer is awaited calls it off, and its answer is never shown', async () => {
    const { finding: one, clock, asked, shown } = finding();
    one.type('bob');
    clock.pass(1);
    one.type('bobby');
    assert.equal(asked[0].signal.aborted, true);
    asked[0].answer('stale');
    await settle();
    clock.pass(1);
    asked[1].answer('fresh');
    await settle();
    assert.deepEqual(shown, [['bob', null], ['bobby', null], ['bobby', 'fresh']]);
});

test('clearing the field calls everything off', async () => {
    const { finding: one, clock, asked, shown } = finding();
    one.type('bob');
    clock.pass(1);
    one.type('  ');
    await settle();
    clock.pass(100);
    assert.deepEqual(shown, [['bob', null], ['', null]]);
    assert.equal(asked.length, 1);
});

test('an answer that is late or fails is said to be none, and the same can be asked again', async () => {
    const { finding: one, clock, asked, shown } = finding();
    one.type('bob');
    clock.pass(11);
    await settle();
    assert.deepEqual(shown.at(-1), ['bob', false]);
    one.type('bo');
    one.type('bob');
    clock.pass(1);
    asked[1].fail(new Error('refused'));
    await settle();
    assert.deepEqual([asked.length, shown.at(-1)], [2, ['bob', false]]);
});

test('a name is meant by the beginnings of its words in any order and any case', () => {
    for (const typed of ['bob', 'RAY', 'ra bo', 'Ray, B', 'bob ray', '17']) {
        assert.ok(isCalled('Bob Ray 17', typed), typed);
    }
    for (const typed of ['ob', 'bobby', 'bob x', '', ' ', '%', '👍', '7']) {
        assert.ok(!isCalled('Bob Ray 17', typed), typed);
    }
    for (const [name, typed] of [['Zoë', 'zoe'], ['ИВАН', 'иван'], ['محمد', 'محم'], ["O'Hara", 'hara'], ['Jean-Luc', 'luc'], ['Zoe\u0308', 'zoë']]) {
        assert.ok(isCalled(name, typed), name);
    }
});

test('nobody is found twice, and what the server has not said yet is missing only', () => {
    const near = [{ id: 1, name: 'Bob Ray' }, { id: 2, name: 'Cid Orr' }];
    const found = { people: [{ user_id: 1, name: 'Bob Ray' }, { user_id: 3, name: 'Bob Fox' }], messages: ['hit'] };
    assert.deepEqual(groupsOf('bob', near, found), { conversations: [near[0]], people: [{ id: 3, name: 'Bob Fox' }], messages: ['hit'] });
    for (const none of [null, false]) {
        assert.deepEqual(groupsOf('bob', near, none), { conversations: [near[0]], people: [], messages: [] });
    }
});

test('arrows go round through the field, Home and End to the ends once one is chosen', () => {
    const walk = (keys, count) => keys.reduce((index, key) => stepOf(key, index, count) ?? 'nowhere', -1);
    assert.equal(walk(['ArrowDown'], 3), 0);
    assert.equal(walk(['ArrowDown', 'ArrowDown', 'ArrowDown'], 3), 2);
    assert.equal(walk(['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown'], 3), -1);
    assert.equal(walk(['ArrowUp'], 3), 2);
    assert.equal(walk(['ArrowDown', 'ArrowUp'], 3), -1);
    assert.equal(walk(['ArrowDown', 'End'], 3), 2);
    assert.equal(walk(['ArrowUp', 'Home'], 3), 0);
    for (const key of ['Home', 'End', 'a', 'Enter', 'Tab']) {
        assert.equal(stepOf(key, -1, 3), undefined, key);
    }
    assert.equal(stepOf('ArrowDown', -1, 0), undefined);
});
