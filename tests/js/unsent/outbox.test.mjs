import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Outbox } from '../../../applications/messenger/static/js/unsent/outbox.js';
import { onlyTab, PretendClock } from '../pretend.mjs';

let clock, outbox, road, kept, events, refs;

beforeEach(() => {
    clock = new PretendClock();
    road = { isOpen: true, frames: [] };
    kept = [];
    events = [];
    refs = 0;
    outbox = filled([]);
});

function filled(entries) {
    const made = new Outbox({
        clock,
        keep: {
            load: () => structuredClone(entries),
            save: entry => {
                const at = kept.findIndex(other => other.ref === entry.ref);
                kept[at < 0 ? kept.length : at] = structuredClone(entry);
            },
            end: entry => { kept = kept.filter(other => other.ref !== entry.ref); },
        },
        tab: onlyTab, epoch: () => 'e',
        newRef: () => `ref-${refs += 1}`,
        carry: frame => road.isOpen && road.frames.push(frame) > 0,
    });
    made.onSent = (entry, ack) => events.push(['sent', entry.content, ack.id]);
    made.onFailed = (entry, error) => events.push(['failed', entry.content, error.code]);
    made.open();
    return made;
}

const contents = () => road.frames.map(frame => frame.content);
const ack = (ref, id = 1) => ({ type: 'ack', ref, id, seq: id, conversation: 9, number: id, timestamp: '2026-11-23T09:02:11Z' });
const error = (ref, code, more) => ({ type: 'error', ref, code, message: 'A sentence.', ...more });

test('a message is carried as the wire has it, kept until it is acked, then forgotten', () => {
    outbox.write(2, 'hello');
    assert.deepEqual(road.frames, [{ type: 'send', ref: 'ref-1', receiver: 2, content: 'hello' }]);
    assert.equal(kept.length, 1);
    outbox.answer(ack('ref-1', 5));
    assert.deepEqual(events, [['sent', 'hello', 5]]);
    assert.deepEqual(kept, []);
});

test('the second goes when the first is answered', () => {
    outbox.write(2, 'one');
    outbox.write(2, 'two');
    assert.deepEqual(contents(), ['one']);
    outbox.answer(ack('ref-1'));
    assert.deepEqual(contents(), ['one', 'two']);
});

test('what is written without a road goes when one opens, in order', () => {
    road.isOpen = false;
    ['one', 'two', 'three'].forEach(content => outbox.write(2, content));
    assert.equal(kept.length, 3);
    road.isOpen = true;
    outbox.flush();
    outbox.answer(ack('ref-1'));
    outbox.answer(ack('ref-2'));
    outbox.answer(ack('ref-3'));
    assert.deepEqual(contents(), ['one', 'two', 'three']);
});

test('what was not acked when the road broke goes again under the same ref', () => {
    outbox.write(2, 'one');
    outbox.flush();
    assert.deepEqual(road.frames.map(frame => frame.ref), ['ref-1', 'ref-1']);
    outbox.answer(ack('ref-1'));
    outbox.answer(ack('ref-1'));
    assert.equal(events.length, 1, 'the answer to the repeat is not told twice');
});

test('the message itself, come through the feed, is as good as its ack', () => {
    outbox.write(2, 'one');
    outbox.answer({ ...ack('ref-1', 7), type: 'message', content: 'one' });
    assert.deepEqual(events, [['sent', 'one', 7]]);
    outbox.flush();
    assert.equal(road.frames.length, 1);
});

for (const code of ['busy', 'rate']) {
    test(`after ${code} the same message goes again when the server said, and none overtakes it`, () => {
        outbox.write(2, 'one');
        outbox.write(2, 'two');
        outbox.answer(error('ref-1', code, { retry_after: 3 }));
        outbox.flush();
        assert.deepEqual(contents(), ['one']);
        clock.pass(2.9);
        assert.deepEqual(contents(), ['one']);
        clock.pass(0.2);
        assert.deepEqual(contents(), ['one', 'one']);
        outbox.answer(ack('ref-1'));
        assert.deepEqual(contents(), ['one', 'one', 'two']);
        assert.equal(events.length, 1);
    });
}

for (const code of ['busy', 'rate']) {
    test(`${code} for longer than a minute fails that message alone, and the others go on in order`, () => {
        outbox.write(2, 'one');
        outbox.write(3, 'two');
        outbox.write(2, 'three');
        outbox.answer(error('ref-1', code, { retry_after: 61, limit: 'new_conversations_per_day' }));
        assert.deepEqual(events, [['failed', 'one', code]]);
        assert.deepEqual([kept[0].state, kept[0].reason], ['failed', 'new_conversations_per_day']);
        assert.deepEqual(contents(), ['one', 'two']);
        outbox.answer(ack('ref-2'));
        assert.deepEqual(contents(), ['one', 'two', 'three']);
        outbox.answer(ack('ref-3'));
        clock.pass(3600);
        assert.equal(road.frames.length, 3, 'it goes again only when somebody wants it to');
        outbox.retry('ref-1');
        assert.deepEqual([road.frames.at(-1).ref, kept[0].reason], ['ref-1', undefined]);
    });

    test(`after ${code} for a minute the message waits, and stays before those behind it`, () => {
        outbox.write(2, 'one');
        outbox.write(3, 'two');
        outbox.answer(error('ref-1', code, { retry_after: 60 }));
        assert.deepEqual([contents(), events], [['one'], []]);
        clock.pass(60.1);
        outbox.answer(ack('ref-1'));
        assert.deepEqual(contents(), ['one', 'one', 'two']);
    });
}

test('a reason is the code where no limit is named', () => {
    outbox.write(2, 'one');
    outbox.answer(error('ref-1', 'forbidden'));
    assert.equal(kept[0].reason, 'forbidden');
});

test('a wait without a time is a short one', () => {
    outbox.write(2, 'one');
    outbox.answer(error('ref-1', 'busy'));
    clock.pass(2);
    assert.deepEqual(contents(), ['one', 'one']);
});

for (const code of ['no_such_user', 'blocked', 'conflict', 'bad_text', 'too_long', 'forbidden', 'something_new']) {
    test(`${code} fails the message with the server's sentence and holds up none behind it`, () => {
        outbox.write(2, 'one');
        outbox.write(2, 'two');
        outbox.answer(error('ref-1', code));
        assert.deepEqual(events, [['failed', 'one', code]]);
        assert.deepEqual([kept[0].state, kept[0].error], ['failed', 'A sentence.']);
        assert.deepEqual(contents(), ['one', 'two']);
        outbox.flush();
        assert.deepEqual(contents(), ['one', 'two', 'two'], 'what failed goes again only when somebody wants it to');
    });
}

test('a retry goes under the same ref', () => {
    outbox.write(2, 'one');
    outbox.answer(error('ref-1', 'no_such_user'));
    outbox.retry('ref-1');
    assert.deepEqual(road.frames.map(frame => frame.ref), ['ref-1', 'ref-1']);
    assert.equal(kept[0].error, undefined);
});

test('a discarded message is gone', () => {
    outbox.write(2, 'one');
    outbox.answer(error('ref-1', 'too_long'));
    outbox.discard('ref-1');
    assert.deepEqual(kept, []);
    assert.equal(outbox.retry('ref-1'), undefined);
});

test('what was written more than a day ago, or for another database, goes only when somebody wants it to', () => {
    const left = { receiver: 2, state: 'sending', owner: 'tab' };
    outbox = filled([
        { ...left, ref: 'old', content: 'old', at: 1000 - 25 * 3600, epoch: 'e' },
        { ...left, ref: 'other', content: 'another database', at: 990, epoch: 'other' },
        { ...left, ref: 'new', content: 'new', at: 1000 - 23 * 3600, epoch: 'e' },
    ]);
    outbox.flush();
    outbox.answer(ack('new'));
    assert.deepEqual(contents(), ['new']);
    assert.deepEqual(outbox.entries.map(entry => entry.state), ['failed', 'failed']);
    outbox.retry('old');
    outbox.retry('other');
    outbox.answer(ack('old'));
    assert.deepEqual(contents(), ['new', 'old', 'another database']);
    assert.deepEqual(kept.map(entry => [entry.at, entry.epoch]), [[1000, 'e']], 'it is of today now');
});

test('a server that never answers is asked again', () => {
    outbox.write(2, 'one');
    clock.pass(20);
    assert.deepEqual(contents(), ['one', 'one']);
});

test('what an earlier page left is sent, before what is written now', () => {
    const left = [
        { ref: 'old', receiver: 2, content: 'left', state: 'sending', at: 900, epoch: 'e', owner: 'tab' },
        { ref: 'bad', receiver: 2, content: 'refused', state: 'failed', error: 'A sentence.', at: 901, epoch: 'e', owner: 'tab' },
    ];
    outbox = filled(left);
    outbox.flush();
    outbox.write(3, 'now');
    outbox.answer(ack('old'));
    assert.deepEqual(contents(), ['left', 'now']);
});

test('answers to nobody are ignored', () => {
    outbox.write(2, 'one');
    outbox.answer(error(undefined, 'bad_json'));
    outbox.answer(ack('a-strangers-ref'));
    outbox.answer({});
    assert.deepEqual([events, contents()], [[], ['one']]);
});
