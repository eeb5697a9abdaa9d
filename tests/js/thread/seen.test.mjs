import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Seen } from '../../../applications/messenger/static/js/thread/model/seen.js';

const VIEW = { top: 100, bottom: 500 };
let isWatched, seen, told;

beforeEach(() => {
    [isWatched, told] = [true, []];
    seen = new Seen({ isWatched: () => isWatched, onSeen: number => told.push(number) });
});

function look(...messages) {
    seen.look(messages.map(([number, top, bottom]) => ({ number, top, bottom })), VIEW);
    return told.splice(0);
}

test('the newest message in sight counts, once, and never an earlier one after it', () => {
    assert.deepEqual(look([3, 420, 450], [2, 300, 330], [4, 500, 530]), [3]);
    assert.deepEqual(look([3, 420, 450]), []);
    assert.deepEqual(look([2, 420, 450]), []);
    assert.deepEqual(look([4, 470, 500]), [4]);
    assert.deepEqual(look(), []);
});

test('what was there while nobody looked is seen when somebody does, if it is there still', () => {
    isWatched = false;
    assert.deepEqual(look([9, 400, 430]), []);
    isWatched = true;
    assert.deepEqual(look([4, 400, 430], [9, 900, 930]), [4]);
});

test('of a long message the first or the last line is enough, of a short one it is all', () => {
    assert.deepEqual(look([1, 484, 9000]), [1]);
    assert.deepEqual(look([2, -9000, 116]), [2]);
    assert.deepEqual(look([3, 485, 9000]), []);
    assert.deepEqual(look([3, -9000, 115]), []);
    assert.deepEqual(look([3, 50, 9000]), [3]);
    assert.deepEqual(look([4, 490, 502]), []);
    assert.deepEqual(look([4, 488, 500]), [4]);
    assert.deepEqual(look([5, 200, 200]), [], 'one that is not laid out');
});

test('after a reset smaller numbers count again', () => {
    look([40, 200, 230]);
    seen.forget();
    assert.deepEqual(look([2, 200, 230]), [2]);
});
