// Where in a text addresses of the web are. messenger_core/shown/links.py says the same, and why; tests/cases/links.json holds both to it.
import { RUNNING, hostOf, punycode } from './hosts.js';

const INSIDE = '[^\\u0000-\\u0020"<>\\\\\\u0060\\u007f-\\u00a0\\u00ab\\u00ad\\u00bb\\u034f\\u060c\\u061b-\\u061f\\u06d4\\u115f\\u1160\\u1680\\u17b4\\u17b5'
    + '\\u180e\\u2000-\\u2012\\u2014-\\u206f\\u3000-\\u3004\\u3008-\\u3030\\u303d-\\u303f\\u3164\\ufe00-\\ufe0f\\ufeff\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uffa0\\ufff0-\\uffff'
    + '\\u{e0000}-\\u{e0fff}]';
const CANDIDATE = new RegExp(`(?:[Hh][Tt][Tt][Pp][Ss]?:\\/\\/|[Ww][Ww][Ww][.])${INSIDE}+`, 'u');
const BEFORE = { h: /[A-Za-z0-9@#$\uff20\uff03]/, w: /[A-Za-z0-9_@./:-]/ };
const SENTENCES = new RegExp(`[^]+?(?:[${RUNNING}](?=[Hh][Tt][Tt][Pp][Ss]?:\\/\\/|[Ww][Ww][Ww][.])|$)`, 'gu');
const AFTER_HOST = new RegExp(`^(?::[0-9]{1,5})?(?=[/?#${RUNNING}]|$)`, 'u');
const SENTENCE = new RegExp(`(?:^/|(?:^|[/=&?#_-])[^/=&?#_${RUNNING}-]+)(?=[${RUNNING}])`, 'u');
const PUNCTUATION = '.,:;!?\'*_~\u2013';
const BRACKETS = ['()', '[]', '{}'];

// Returns the text in pieces: [{ text, href, title }], `href` where it leads to an address, `title` where that may be taken for another.
export function partsOf(text) {
    return (text.match(SENTENCES) ?? []).flatMap(partsOfOne);
}

function partsOfOne(text) {
    const found = [];
    let end = 0;
    for (let from = 0, match; (match = CANDIDATE.exec(text.slice(from)));) {
        const start = from + match.index;
        const kind = match[0][0].toLowerCase();
        const shown = BEFORE[kind].test(text.charAt(start - 1)) ? '' : addressOf(match[0], kind);
        from = start + match[0].length;
        if (shown) {
            const href = kind === 'h' ? shown : `https:${'//'}${shown}`;
            const title = punycode(hostOf(href.slice(href.indexOf('//') + 2)));
            found.push({ text: text.slice(end, start) }, { text: shown, href, ...(title && { title }) });
            end = from = start + shown.length;
        }
    }
    return [...found, { text: text.slice(end) }].filter(part => part.text);
}

function addressOf(candidate, kind) {
    const shown = trimmed(candidate);
    const start = kind === 'h' ? shown.indexOf('//') + 2 : 0;
    const host = hostOf(shown.slice(start));
    const after = AFTER_HOST.exec(shown.slice(start + host.length));
    if (!host || !after || (!start && host.split('.').length < 3)) {
        return '';
    }
    const end = start + host.length + after[0].length;
    const rest = shown.slice(end);
    const sentence = SENTENCE.exec(rest);
    return trimmed(shown.slice(0, end) + (/^[/?#]/.test(rest) ? rest.slice(0, sentence ? sentence.index + sentence[0].length : undefined) : ''));
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
