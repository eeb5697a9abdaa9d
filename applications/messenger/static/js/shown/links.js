// Where in a text addresses of the web are. messenger_core/shown/links.py says the same, and why; tests/cases/links.json holds both to it.

const INSIDE = '[^\\u0000-\\u0020"<>\\\\\\u0060\\u007f-\\u00a0\\u00ab\\u00ad\\u00bb\\u034f\\u060c\\u061b-\\u061f\\u06d4\\u115f\\u1160\\u1680\\u17b4\\u17b5'
    + '\\u180e\\u2000-\\u206f\\u3000-\\u303f\\u3164\\ufe00-\\ufe0f\\ufeff\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uffa0\\ufff0-\\uffff'
    + '\\u{e0000}-\\u{e0fff}]';
const CANDIDATE = new RegExp(`(?:[Hh][Tt][Tt][Pp][Ss]?:\\/\\/|[Ww][Ww][Ww][.])${INSIDE}+`, 'gu');
const BEFORE = { h: /[A-Za-z0-9]/, w: /[A-Za-z0-9_@./:-]/ };
const NAME = '[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?';
const OTHER_NAME = '[^\\u0000-\\u007f]+(?:-+[^\\u0000-\\u007f]+)*';
const HOST = new RegExp(`^(?:${NAME}(?:[.]${NAME})*|${OTHER_NAME}(?:[.]${OTHER_NAME})*)(?::[0-9]{1,5})?(?=[/?#]|$)`);
const LONG_HOST = new RegExp(`^[Ww]{3}[.]${NAME}(?:[.]${NAME})+`);
const PUNCTUATION = '.,:;!?\'*_~';
const BRACKETS = ['()', '[]', '{}'];

// Returns the text in pieces: [{ text, href }], `href` where it leads to an address.
export function partsOf(text) {
    const found = [];
    let end = 0;
    for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
        const shown = trimmed(candidate);
        const kind = shown[0]?.toLowerCase();
        if (kind && !BEFORE[kind].test(text.charAt(index - 1)) && isPlain(shown, kind)) {
            found.push({ text: text.slice(end, index) }, { text: shown, href: kind === 'h' ? shown : `https:${'//'}${shown}` });
            end = index + shown.length;
        }
    }
    return [...found, { text: text.slice(end) }].filter(part => part.text);
}

// Without the punctuation of the sentence around it; a bracket belongs to it if it was opened there.
function trimmed(candidate) {
    const surplus = Object.fromEntries(BRACKETS.map(([opening, close]) => [close, count(candidate, close) - count(candidate, opening)]));
    let end = candidate.length;
    while (PUNCTUATION.includes(candidate[end - 1]) || surplus[candidate[end - 1]] > 0) {
        end -= 1;
        surplus[candidate[end]] -= 1;
    }
    return candidate.slice(0, end);
}

function count(text, character) {
    return text.split(character).length;
}

function isPlain(shown, kind) {
    return kind === 'w' ? LONG_HOST.test(shown) && HOST.test(shown) : HOST.test(shown.slice(shown.indexOf('//') + 2));
}
