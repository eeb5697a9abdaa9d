import assert from 'node:assert/strict';
import test from 'node:test';
import { countedBy } from '../../../applications/messenger/static/js/shown/plural.js';

const FORMS = JSON.stringify({ one: '%(count)s message', other: '%(count)s messages' });

test('a sentence takes the form of its number', () => {
    const english = countedBy(FORMS, 'en');
    assert.deepEqual([0, 1, 2, 101].map(english), ['0 messages', '1 message', '2 messages', '101 messages']);
    assert.deepEqual([0, 1, 2].map(countedBy(FORMS, 'fr')), ['0 message', '1 message', '2 messages']);
});

test('Arabic has six forms', () => {
    const names = ['zero', 'one', 'two', 'few', 'many', 'other'];
    const arabic = countedBy(JSON.stringify(Object.fromEntries(names.map(name => [name, name]))), 'ar');
    assert.deepEqual([0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111].map(arabic),
        ['zero', 'one', 'two', 'few', 'few', 'many', 'many', 'other', 'other', 'few', 'many']);
});

test('a form that a page does not have is the other one', () => {
    assert.equal(countedBy(FORMS, 'fr')(1_000_000), '1000000 messages');
});

test('the number stands wherever the sentence wants it', () => {
    assert.equal(countedBy(JSON.stringify({ other: '%(count)s of %(count)s' }), 'en')(3), '3 of 3');
});
