import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isEmoji } from '../../../applications/messenger/static/js/shown/emoji.js';
import { EMOJI } from '../../../applications/messenger/static/js/shown/emoji_table.js';

const TABLE = readFileSync(new URL('../../../applications/messenger/modules/messenger_core/shown/emoji_table.py', import.meta.url), 'utf-8');
const MADE_FOR = Number(/^VERSION = '(.*)'$/m.exec(TABLE)[1]), HERE = Number(process.versions.unicode);
const TONES = [...'🏻🏼🏽🏾🏿'];
const RECOMMENDED = recommended();

// Older engines know nothing of sequences.
function recommended() {
    try {
        return new RegExp('^\\p{RGI_Emoji}$', 'v');
    } catch {
        return undefined;
    }
}

function* candidates() {
    for (let code = 0; code < 0x20000; code += 1) {
        const sign = String.fromCodePoint(code);
        yield* [sign, `${sign}\ufe0f`, sign + TONES[0], sign + TONES[4]];
    }
    const regional = Array.from({ length: 26 }, (_, letter) => String.fromCodePoint(0x1f1e6 + letter));
    yield* regional.flatMap(one => regional.map(other => one + other));
    yield* [...'0123456789#*a'].map(sign => `${sign}\ufe0f\u20e3`);
    yield* ['gbeng', 'gbsct', 'gbwls', 'gbnir', 'usca', 'ustx', 'fridf']
        .map(name => `🏴${[...name].map(letter => String.fromCodePoint(0xe0000 + letter.charCodeAt())).join('')}\u{e007f}`);
    const people = [...'👨👩🧑👦👧🧒🏃🫱🫲👮🧞⛹👯'].flatMap(one => [one, one + TONES[0], one + TONES[4]]);
    const things = [...'❤♀♂⚕⚖✈↔↕➡☠⚧⛓🌈🏳🏴👁🗨🐻❄🐦⬛🔥🩹🎄💻🦰🦯🤝🐰🫯💋🍄🟫😮💨🍋🟩💥'].flatMap(one => [one, `${one}\ufe0f`]);
    const all = [...people, ...things], middle = ['❤\ufe0f', '🤝', '🐰', '🫯', '👩', '🧒', '♀\ufe0f', '🦯', '❤\ufe0f\u200d💋'];
    yield* all.flatMap(one => all.map(other => `${one}\u200d${other}`));
    const few = [...people.slice(0, 18), '➡\ufe0f'];
    yield* few.flatMap(one => middle.flatMap(sign => few.map(other => `${one}\u200d${sign}\u200d${other}`)));
}

test('one emoji is what Unicode recommends', { skip: !RECOMMENDED && 'this node knows no sequences' }, () => {
    let found = 0;
    for (const text of candidates()) {
        const is = RECOMMENDED.test(text) && !TONES.includes(text);
        found += is;
        // A later version recommends more, an earlier one less.
        if (is && HERE <= MADE_FOR) {
            assert.ok(isEmoji(text), text);
        } else if (!is && HERE >= MADE_FOR && isEmoji(text)) {
            assert.ok(mayBe(text), text);
        }
    }
    assert.ok(found > 2000, found);
});

// Whether the text is one with VS16 in one place more, or fewer: that is Unicode's "minimally qualified" and "unqualified".
function mayBe(text) {
    const signs = [...text.replaceAll('\ufe0f', '')];
    const places = [...signs.keys()].filter(place => !TONES.includes(signs[place]));
    return places.reduce((all, place) => [...all, ...all.map(one => [...one, place])], [[]])
        .some(chosen => RECOMMENDED.test(signs.map((sign, place) => (chosen.includes(place) ? `${sign}\ufe0f` : sign)).join('')));
}

test('the pages and the server have the same table', () => {
    const [, text] = /^EMOJI = \(\n([^]*?)\n\)$/m.exec(TABLE) ?? [];
    assert.equal(EMOJI, [...text.matchAll(/^ {4}r'(.*)'$/gm)].map(([, line]) => line).join(''));
});

test('a sign of ordinary texts is an emoji only where it is asked for', () => {
    for (const sign of '©®‼™ℹ↔Ⓜ▶〰㊗') {
        assert.deepEqual([isEmoji(sign), isEmoji(`${sign}\ufe0f`), isEmoji(`😀${sign}`)], [false, true, false], sign);
    }
});

test('one to three emoji are nothing else', () => {
    for (const [text, expected] of JSON.parse(readFileSync(new URL('../../cases/emoji.json', import.meta.url), 'utf-8'))) {
        assert.equal(isEmoji(text), expected, JSON.stringify(text));
    }
});
