import assert from 'node:assert/strict';
import test from 'node:test';
import { Thread } from '../../../applications/messenger/static/js/thread/model/thread.js';

test('a page shows its own conversation and nothing else', () => {
    const thread = new Thread({ userId: 1, otherId: 2, conversation: null });
    assert.equal(thread.has({ conversation: 9, sender_id: 2, receiver_id: 1 }), true);
    assert.equal(thread.has({ conversation: 9, sender_id: 1, receiver_id: 2 }), true);
    assert.equal(thread.has({ conversation: 8, sender_id: 3, receiver_id: 1 }), false);
    assert.equal(thread.has({ conversation: 8, sender_id: 1, receiver_id: 1 }), false);
    assert.equal(thread.has({ conversation: 7, sender_id: 2 }), false, 'the other in a group is another conversation');
    thread.learn(9);
    thread.learn(10);
    assert.equal(thread.conversation, 9);
    assert.equal(thread.has({ conversation: 9 }), true, 'a former member has no id');
});

test('notes to oneself are a conversation of their own', () => {
    const thread = new Thread({ userId: 1, otherId: 1, conversation: null });
    assert.equal(thread.has({ conversation: 4, sender_id: 1, receiver_id: 1 }), true);
    assert.equal(thread.has({ conversation: 9, sender_id: 1, receiver_id: 2 }), false);
});

test('a receipt is what the other member says about this conversation', () => {
    const thread = new Thread({ userId: 1, otherId: 2, conversation: 9 });
    const read = { type: 'read', conversation: 9, user_id: 2, number: 4 };
    assert.equal(thread.isReceipt(read), true);
    assert.equal(thread.isReceipt({ ...read, type: 'delivered' }), true);
    assert.equal(thread.isReceipt({ ...read, type: 'message' }), false);
    assert.equal(thread.isReceipt({ ...read, user_id: 1 }), false, 'what one has read oneself');
    assert.equal(thread.isReceipt({ ...read, conversation: 8 }), false);
    const notes = new Thread({ userId: 1, otherId: 1, conversation: 9 });
    assert.equal(notes.isReceipt({ ...read, user_id: 1 }), false);
});
