// Whether a text is nothing but one to three emoji, which are shown large. messenger_core/shown/emoji.py says the same, and why.

const ALONE = '[\\u2300-\\u23ff\\u2600-\\u27bf\\u2b00-\\u2bff\\u{1f000}-\\u{1f1e5}\\u{1f200}-\\u{1f3fa}\\u{1f400}-\\u{1faff}]';
const ASKED = '[\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2190-\\u21ff\\u24c2\\u25a0-\\u25ff\\u2934\\u2935\\u3030\\u303d\\u3297\\u3299]\\ufe0f';
const PICTURE = `(?:${ALONE}|${ASKED})\\ufe0f?[\\u{1f3fb}-\\u{1f3ff}]?(?:[\\u{e0020}-\\u{e007e}]+\\u{e007f})?`;
const ONE = `(?:[\\u{1f1e6}-\\u{1f1ff}]{2}|[0-9#*]\\ufe0f?\\u20e3|${PICTURE}(?:\\u200d${PICTURE})*)`;
const FEW = new RegExp(`^[ \\n]*(?:${ONE}[ \\n]*){1,3}$`, 'u');
const LONGEST = 200;

export function isEmoji(text) {
    return text.length <= LONGEST && FEW.test(text);
}
