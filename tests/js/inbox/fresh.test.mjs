import assert from 'node:assert/strict';
import test from 'node:test';
import { Fresh } from '../../../applications/messenger/static/js/inbox/model/fresh.js';

const ANN = 1;
const message = (id, changes) => ({ type: 'message', id, conversation: 7, number: id, sender_id: 2, receiver_id: ANN, ...changes });
const read = (number, changes) => ({ type: 'read', conversation: 7, user_id: ANN, number, ...changes });

function heard(options, ...events) {
    const fresh = new Fresh({ userId: ANN, onlyWaiting: false, ...options });
    events.forEach(event => fresh.hear(event));
    return fresh;
}

test('what others write to the member is counted, once', () => {
    assert.equal(heard({}, message(1), message(2), message(2)).count, 2);
});

test('what the member writes, to others or to oneself, is not', () => {
    assert.equal(heard({}, message(1, { sender_id: ANN, receiver_id: 2 }), message(2, { sender_id: ANN })).count, 0);
});

test('what is on the page is no longer new', () => {
    const fresh = heard({}, message(1), message(2), message(3));
    fresh.seen([1, 3, 99]);
    assert.equal(fresh.count, 1);
});

test('among the unread ones, what is read elsewhere is no longer new', () => {
    const arrived = [message(1), message(2), message(3), message(1, { id: 4, conversation: 8 })];
    assert.equal(heard({ onlyWaiting: true }, ...arrived, read(2)).count, 2);
    assert.equal(heard({ onlyWaiting: true }, ...arrived, read(9, { user_id: 2 })).count, 4);
    assert.equal(heard({}, ...arrived, read(9)).count, 4);
});
