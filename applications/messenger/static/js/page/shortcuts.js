// Which key asks for what. Knows no page; hotkeys.js does what is asked for.
import { isComposing } from '../browser/composing.js';

const PAUSE_MILLISECONDS = 1500;
// Keys come from outside: one called "constructor" would ask for nothing.
const ASKED = { __proto__: null, '?': 'help', '/': 'search', n: 'begin', j: 'next', k: 'previous', r: 'answer', u: 'mark', End: 'latest' };
const ASKED_AFTER_G = { __proto__: null, i: 'inbox', c: 'chats' };

export class Shortcuts {
    #pressedG = -Infinity;

    // Returns the name of what a key event asks for, or undefined.
    askedBy(event) {
        const key = keyOf(event);
        const isAfterG = event.timeStamp - this.#pressedG < PAUSE_MILLISECONDS;
        this.#pressedG = key === 'g' ? event.timeStamp : -Infinity;
        return isAfterG ? ASKED_AFTER_G[key] : ASKED[key];
    }
}

function keyOf(event) {
    const { key, code, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || isComposing(event)) {
        return null;
    }
    if (key === '?' || key === '\u061f') {
        return '?';
    }
    // Keyboards of other scripts have the Latin letters where others have them, only not written on them.
    const letter = /^[a-z]$/i.test(key) ? key.toLowerCase() : key.length === 1 && key > '\x7f' && /^Key[A-Z]$/.test(code) && code[3].toLowerCase();
    return letter ? !shiftKey && letter : key;
}
