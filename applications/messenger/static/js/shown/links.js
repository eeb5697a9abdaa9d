// Where in a text addresses of the web are. messenger_core/shown/links.py says the same, and why; tests/cases/links.json holds both to it.
import { RUNNING, hostOf, punycode } from './hosts.js';

const INSIDE = '[^\\u0000-\\u0020"<>\\\\\\u0060\\u007f-\\u00a0\\u00ab\\u00ad\\u00bb\\u034f\\u060c\\u061b-\\u061f\\u06d4\\u115f\\u1160\\u1680\\u17b4\\u17b5'
    + '\\u180e\\u2000-\\u2012\\u2014-\\u206f\\u3000-\\u3004\\u3008-\\u3030\\u303d-\\u303f\\u3164\\ufe00-\\ufe0f\\ufeff\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uffa0\\ufff0-\\uffff'
    + '\\u{e0000}-\\u{e0fff}]';
const RUN = new RegExp(`^${INSIDE}+`, 'u');
const BEGIN = '[Hh][Tt][Tt][Pp][Ss]?:\\/\\/|[Ww][Ww][Ww][.]';
const START = new RegExp(BEGIN, 'u');
const BEFORE = { h: /[A-Za-z0-9_@#$\uff20\uff03]/, w: /[A-Za-z0-9_@./:-]/ };
const SENTENCES = new RegExp(`[^]*?(?:[${RUNNING}](?=${BEGIN})|$)`, 'gu');
const AFTER_HOST = /^(?::([0-9]{1,5})(?![0-9]))?(?![+]|:[0-9]|[^/?#()[\]]{0,253}@)/u;
const TURN = new RegExp(`[()\\[\\]{}]|(?:^/|[/=&?#_\\-][^/=&?#_()\\[\\]{}${RUNNING}\\-]+)(?=[${RUNNING}])`, 'gu');
const SHORT = /^\/[A-Za-z0-9]+/;
const LONGEST_SHORT = 40, HIGHEST_PORT = 65535;
const PUNCTUATION = '.,:;!?*~^@$%|\u2013';
const BRACKETS = { ')': '(', ']': '[', '}': '{' };

// Returns the text in pieces: [{ text, href, title }], `href` where it leads to an address, `title` where that may be taken for another.
export function partsOf(text) {
    return (text.match(SENTENCES) ?? []).flatMap(partsOfOne);
}

function partsOfOne(text) {
    const found = [];
    let done = 0;
    for (let from = 0, match; (match = START.exec(text.slice(from)));) {
        const at = from + match.index;
        const [run] = RUN.exec(text.slice(at));
        for (const [start, end] of addressesIn(run, text.charAt(at - 1))) {
            found.push({ text: text.slice(done, at + start) }, linked(run.slice(start, end)));
            done = at + end;
        }
        from = at + run.length;
    }
    return [...found, { text: text.slice(done) }].filter(part => part.text);
}

function linked(text) {
    const href = /^h/i.test(text) ? text : `https:${'//'}${text}`;
    const title = punycode(hostOf(href.slice(href.indexOf('//') + 2)));
    return { text, href, ...(title && { title }) };
}

// [start, end] of each; after what only looks like one none is sought.
function addressesIn(run, before) {
    const found = [], closed = closedIn(run);
    for (let from = 0, match; (match = START.exec(run.slice(from)));) {
        const start = from + match.index;
        const earlier = run.charAt(start - 1) || before;
        const end = BEFORE[run[start].toLowerCase()].test(earlier) ? undefined : endOf(run, start, match[0], closed, earlier === '\'');
        if (!end) {
            break;
        }
        found.push([start, end]);
        from = end;
    }
    return found;
}

// Where each bracket that is closed is.
function closedIn(run) {
    const closed = new Map(), opened = [];
    for (const { 0: bracket, index } of run.matchAll(/[()[\]{}]/g)) {
        if (!(bracket in BRACKETS)) {
            opened.push(index);
        } else if (run[opened.at(-1)] === BRACKETS[bracket]) {
            closed.set(opened.pop(), index);
        }
    }
    return closed;
}

function endOf(run, begin, scheme, closed, isQuoted) {
    const isNamed = scheme.endsWith('/');
    const start = isNamed ? begin + scheme.length : begin;
    const host = hostOf(run.slice(start));
    const after = AFTER_HOST.exec(run.slice(start + host.length));
    if (!host || !after || after[1] > HIGHEST_PORT || (!isNamed && host.split('.').length < 3)) {
        return undefined;
    }
    const path = start + host.length + after[0].length, rest = run.slice(path);
    if (!/^[/?#]/.test(rest)) {
        return path;
    }
    const [short] = (host.toLowerCase() === 't.co' && SHORT.exec(rest)) || [''];
    if (short && rest[short.length] !== '?') {
        return short.length > 1 + LONGEST_SHORT ? undefined : path + short.length;
    }
    return path + trimmed(rest.slice(0, lengthOf(rest, path, closed)), isQuoted);
}

// Up to a bracket that isn't closed, or wasn't opened, or up to a sentence.
function lengthOf(rest, path, closed) {
    TURN.lastIndex = 0;
    let turn = TURN.exec(rest);
    while (turn && closed.has(path + turn.index)) {
        TURN.lastIndex = closed.get(path + turn.index) - path + 1;
        turn = TURN.exec(rest);
    }
    return !turn ? rest.length : turn.index + (/^[()[\]{}]/.test(turn[0]) ? 0 : turn[0].length);
}

// How long it is without the punctuation of the sentence around it; quotes that pair up belong to it.
function trimmed(rest, isQuoted) {
    const punctuation = rest.includes('?') ? PUNCTUATION : `${PUNCTUATION}&`;
    let end = rest.length, quotes = rest.split('\'').length - 1;
    for (let last; (last = rest[end - 1]) && (punctuation.includes(last) || (last === '\'' && (isQuoted || quotes % 2)));) {
        end -= 1;
        quotes -= last === '\'';
    }
    return end;
}
