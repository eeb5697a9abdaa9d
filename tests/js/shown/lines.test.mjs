import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { inOneLine, isLong, shownOf } from '../../../applications/messenger/static/js/shown/lines.js';

const cases = JSON.parse(readFileSync(new URL('../../cases/lines.json', import.meta.url), 'utf-8'));

test('of a text this is shown, and at first so much, as the table says', () => {
    assert.ok(cases.length > 20);
    for (const { text, shown, long, line } of cases) {
        assert.deepEqual([shownOf(text), isLong(shownOf(text)), inOneLine(text, 60)], [shown, long, line], JSON.stringify(text).slice(0, 60));
    }
});

test('a text that was made to take long does not', () => {
    for (const long of ['\n'.repeat(9999), ' \n'.repeat(4999), `${' '.repeat(9999)}x`, 'x\n\n\n\n\n'.repeat(2000)]) {
        const started = performance.now();
        isLong(shownOf(long));
        inOneLine(long, 200);
        assert.ok(performance.now() - started < 200);
    }
});
