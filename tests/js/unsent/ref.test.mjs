import assert from 'node:assert/strict';
import test from 'node:test';
import { newRef } from '../../../applications/messenger/static/js/unsent/ref.js';

test('refs differ, and are of the characters the wire allows', () => {
    const refs = new Set(Array.from({ length: 1000 }, () => newRef()));
    assert.equal(refs.size, 1000);
    refs.forEach(ref => assert.match(ref, /^[A-Za-z0-9._:-]{1,64}$/));
});

test('a ref can be made where randomUUID is missing', () => {
    const insecure = { getRandomValues: bytes => bytes.fill(171) };
    assert.equal(newRef(insecure), 'ab'.repeat(16));
});
