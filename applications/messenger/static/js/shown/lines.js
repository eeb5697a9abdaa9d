// What of a text's lines is shown: not every blank one, at first the beginning of many, and all in one line where there is no more room.
// messenger_core/shown/lines.py says the same; tests/cases/lines.json holds both to it.

const BLANK_LINES = 3, LINES = 20, CHARACTERS = 1500;
const END = /\r\n|[\n\r\u2028\u2029]/;
// Nothing that can be seen: blanks, controls, what joins or turns others, fillers.
const UNSEEN = new RegExp('^[\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160'
    + '\\u1680\\u17b4\\u17b5\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb'
    + '\\u{e0000}-\\u{e0fff}]*$', 'u');
const SPACES = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

// The text with no more than three blank lines in a row; one without more as it is.
export function shownOf(text) {
    const lines = text.split(END);
    let blank = 0;
    const kept = lines.filter((line, index) => {
        const isLine = line || index < lines.length - 1;    // behind the last end there is none
        blank = isLine && UNSEEN.test(line) ? blank + 1 : 0;
        return blank <= BLANK_LINES;
    });
    return kept.length === lines.length ? text : kept.join('\n');
}

// Whether what is shown of a text is more than one wants to have before one's eyes unasked.
export function isLong(text) {
    const lines = text.split(END);
    return lengthOf(text) > CHARACTERS || lines.length - (lines.at(-1) ? 0 : 1) > LINES;
}

// The text for a row of a list, not more of it than so many characters.
export function inOneLine(text, most) {
    return Array.from(text.replace(SPACES, ' ').replace(/^ | $/g, '')).slice(0, most).join('');
}

// By code points, as the server counts.
function lengthOf(text) {
    return text.length > CHARACTERS ? Array.from(text).length : text.length;
}
