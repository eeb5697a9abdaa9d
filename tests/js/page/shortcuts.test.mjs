import assert from 'node:assert/strict';
import test from 'node:test';
import { Shortcuts } from '../../../applications/messenger/static/js/page/shortcuts.js';

// Press keys one after the other, half a second apart; return what each asked for.
function press(...events) {
    const shortcuts = new Shortcuts();
    return events.map((event, index) => shortcuts.askedBy({
        code: '', timeStamp: index * 500, ...typeof event === 'string' ? { key: event } : event,
    }));
}

test('each key asks for one thing', () => {
    assert.deepEqual(press('/', 'n', 'j', 'k', 'r', 'u', 'End'), ['search', 'begin', 'next', 'previous', 'answer', 'mark', 'latest']);
    assert.deepEqual(press('x', 'Enter', 'Tab', 'F1', ' ', 'constructor'), Array(6).fill(undefined));
});

test('a question mark is one wherever it lies on the keyboard', () => {
    assert.deepEqual(press({ key: '?', shiftKey: true, code: 'Minus' }, { key: '؟', shiftKey: true, code: 'Slash' }, '?'), ['help', 'help', 'help']);
});

test('two keys lead to another page, if the second comes soon', () => {
    assert.deepEqual(press('g', 'i'), [undefined, 'inbox']);
    assert.deepEqual(press('g', 'c'), [undefined, 'chats']);
    assert.deepEqual(press('i', 'c'), [undefined, undefined]);
    assert.deepEqual(press('g', 'j', 'j'), [undefined, undefined, 'next']);
    assert.deepEqual(press('g', { key: 'i', timeStamp: 5000 }), [undefined, undefined]);
});

test('with Ctrl, Alt or Cmd, with Shift, or while an input method composes, a letter is none of ours', () => {
    const others = ['ctrlKey', 'altKey', 'metaKey', 'shiftKey', 'isComposing'];
    assert.deepEqual(press(...others.map(name => ({ key: 'j', [name]: true }))), Array(5).fill(undefined));
    assert.deepEqual(press({ key: 'j', keyCode: 229 }), [undefined]);
});

test('Caps Lock changes nothing', () => {
    assert.deepEqual(press('J'), ['next']);
});

test('on a keyboard of another script the key counts that has the letter elsewhere', () => {
    assert.deepEqual(press({ key: 'ت', code: 'KeyJ' }, { key: 'о', code: 'KeyJ' }, { key: 'ö', code: 'Semicolon' }), ['next', 'next', undefined]);
    assert.deepEqual(press({ key: 'n', code: 'KeyB' }), ['begin']);
});
