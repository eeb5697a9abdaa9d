// The end of the reader's day, on a clock that is moved by hand.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Midnight } from '../../../applications/messenger/static/js/page/midnight.js';
import { PretendClock } from '../pretend.mjs';

// A day of the reader's that is so many seconds old; `sleep` lets time pass that no timer counts.
function day(seconds) {
    const clock = new PretendClock(), turns = [];
    const begun = new Date(2026, 10, 27).getTime() / 1000 + seconds - clock.now();
    let slept = 0, zone = 'Europe/Berlin';
    const midnight = new Midnight({
        clock, turned: isElsewhere => turns.push(isElsewhere), zone: () => zone, now: () => new Date((begun + clock.now() + slept) * 1000),
    });
    return {
        clock, turns, midnight,
        sleep: more => {
            slept += more;
        },
        go: to => {
            zone = to;
        },
    };
}

test('at midnight, and not before, it is another day, and so at each one after it', () => {
    const { clock, turns } = day(23 * 3600);
    clock.pass(3599.9);
    assert.deepEqual(turns, []);
    clock.pass(0.2);
    assert.deepEqual(turns, [false]);
    clock.pass(48 * 3600);
    assert.deepEqual(turns, [false, false, false]);
    assert.equal(clock.waiting, 1);
});

test('a machine that slept over it is told within a minute, or when somebody looks', () => {
    const one = day(12 * 3600);
    one.sleep(24 * 3600);
    one.clock.pass(60);
    assert.deepEqual(one.turns, [false]);
    one.sleep(24 * 3600);
    one.midnight.look();
    one.midnight.look();
    assert.deepEqual(one.turns, [false, false]);
});

test('who goes to another zone is told so, though it is the same day there', () => {
    const { clock, turns, go } = day(12 * 3600);
    go('Europe/Lisbon');
    clock.pass(60);
    assert.deepEqual(turns, [true]);
    clock.pass(3600);
    assert.deepEqual(turns, [true]);
});

test('a timer that rings a moment too early waits on', () => {
    const { clock, turns, sleep } = day(24 * 3600 - 30);
    sleep(-0.01);
    clock.pass(30);
    assert.deepEqual(turns, []);
    clock.pass(0.1);
    assert.deepEqual(turns, [false]);
});
