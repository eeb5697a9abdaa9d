// What of a text's lines is shown: not every blank one, at first the beginning of many, and all in one line where there is no more room.
// messenger_core/shown/lines.py says the same; tests/cases/lines.json holds both to it.

const BLANK_LINES = 3, LINES = 20, CHARACTERS = 1500;
// Browsers break a line at one of these only.
const END = /\r\n|[\n-\r\u0085\u2028\u2029]/;
// Nothing that can be seen, as messenger_core/text.py has it.
const UNSEEN = /^[\p{Z}\p{Cc}\p{DI}\u2800\ufff9-\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}]*$/u;
const SPACES = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

// The text with no more than three blank lines in a row, and with one kind of ends.
export function shownOf(text) {
    const lines = text.split(END);
    let blank = 0;
    const kept = lines.filter((line, index) => {
        const isLine = line || index < lines.length - 1;    // behind the last end there is none
        blank = isLine && UNSEEN.test(line) ? blank + 1 : 0;
        return blank <= BLANK_LINES;
    });
    return kept.join('\n');
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
