import assert from 'node:assert/strict';
import test from 'node:test';
import { forgetZone, written } from '../../../applications/messenger/static/js/shown/formats.js';

const Real = Intl.DateTimeFormat;

// Counts the formatters that are made while `call` runs.
function made(call) {
    let count = 0;
    Intl.DateTimeFormat = class extends Real {
        constructor(...options) {
            super(...options);
            count += 1;
        }
    };
    try {
        call();
        return count;
    } finally {
        Intl.DateTimeFormat = Real;
    }
}

test('a formatter is made once for each form and language', () => {
    const moments = Array.from({ length: 50 }, (_, day) => new Date(2026, 0, day));
    forgetZone();
    assert.equal(made(() => moments.forEach(moment => written(moment, 'full', 'en'))), 1);
    assert.equal(made(() => moments.forEach(moment => [written(moment, 'full', 'de'), written(moment, 'time', 'en')])), 2);
    assert.equal(made(() => written(moments[0], 'full', 'en')), 0);
});

test('in another zone the same moment has another time', () => {
    const zone = process.env.TZ, moment = new Date('2026-11-23T12:00:00Z');
    try {
        process.env.TZ = 'Europe/Berlin';
        forgetZone();
        assert.equal(written(moment, 'time', 'en-GB'), '13:00');
        process.env.TZ = 'Asia/Tokyo';
        forgetZone();
        assert.equal(written(moment, 'time', 'en-GB'), '21:00');
    } finally {
        zone === undefined ? delete process.env.TZ : process.env.TZ = zone;
        forgetZone();
    }
});
