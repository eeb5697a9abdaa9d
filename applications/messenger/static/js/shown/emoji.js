// Whether a text is nothing but one to three emoji, which are shown large. messenger_core/shown/emoji.py says the same, and why.
import { ASKED, EMOJI } from './emoji_table.js';

const LONGEST = 200;
const TEXT = new RegExp(`[-:->A-Za-z\\x7f]|(?:^|[^\\u200d])${ASKED}(?!\\ufe0f)`, 'u');
const FEW = new RegExp(`^[ \\n]*(?:(?:${EMOJI})[ \\n]*){1,3}$`, 'u');
// What the table spells otherwise, as [first, last, the first as it is spelt].
const SPELT = [[0x200d, 0x200d, 0x2d], [0x1f1e6, 0x1f1ff, 0x41], [0x1f3fb, 0x1f3ff, 0x3a], [0xe0061, 0xe007a, 0x61], [0xe007f, 0xe007f, 0x7f]];

export function isEmoji(text) {
    return text.length <= 2 * LONGEST && [...text].length <= LONGEST && !TEXT.test(text) && FEW.test([...text].map(spelt).join(''));
}

function spelt(sign) {
    const code = sign.codePointAt(0);
    const [first, , as] = SPELT.find(([from, to]) => from <= code && code <= to) ?? [];
    return as ? String.fromCharCode(code - first + as) : sign.replace('\ufe0f', '');
}
