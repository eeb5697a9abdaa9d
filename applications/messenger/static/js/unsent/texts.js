// The drafts of a member on the shelf: for each place to write in one of each tab. A place is a member's number, or a word.
// Must not live here: which of them is shown.
import { keysOf, Shelf } from './shelf.js';

const KIND = 'draft';
const OLDEST_SECONDS = 30 * 24 * 3600;
// Of all members who log in in this browser: a browser keeps five million characters of all applications at an address.
const MOST_CHARACTERS = 1_000_000;
const SENT = JSON.stringify({ sent: true });
// The version before kept one text for each place, without a tab and a time.
const WITHOUT_A_TAB = 'before';

// An entry is {place, tab, text, at}, and may have `where`, the field it was written in, and `ref`, under which it was posted.
export class Texts {
    // shelf.js says what the parts of `whose` are.
    constructor(whose) {
        this.shelf = new Shelf({ kind: KIND, ...whose });
    }

    // Returns all of them, the newest first.
    all() {
        const names = this.shelf.names() ?? [];
        return names.map(name => this.#read(name)).filter(Boolean).sort((one, other) => other.at - one.at);
    }

    of(place) {
        return this.all().filter(entry => entry.place === String(place));
    }

    // Returns whether it is kept.
    put({ place, tab, ...rest }) {
        return this.shelf.set(nameOf(place, tab), JSON.stringify(rest));
    }

    remove({ place, tab }) {
        return this.shelf.remove(nameOf(place, tab));
    }

    // It was sent. The last thing its tab hears of it is that.
    end({ place, tab }) {
        this.shelf.set(nameOf(place, tab), SENT);
        this.shelf.remove(nameOf(place, tab));
    }

    // Returns {place, tab, isGone, isSent} of what another tab has changed, or null when a `storage` event is about something else.
    changed(event) {
        const name = this.shelf.changed(event);
        return name === null ? null : { ...partsOf(name), isGone: event.newValue === null, isSent: event.newValue === SENT };
    }

    // Take away what is old or too much, the oldest first, but for what the tab `id` holds.
    sweep(now, id) {
        this.all().filter(({ tab }) => !tab).forEach(({ place, text }) => {
            if (this.put({ place, tab: WITHOUT_A_TAB, text, at: now })) {
                this.remove({ place, tab: '' });
            }
        });
        let size = 0;
        for (const { key, value, at } of everybodys(this.shelf)) {
            size += key.length + value.length;
            if (!key.endsWith(` ${id}`) && (now - (at ?? now) > OLDEST_SECONDS || size > MOST_CHARACTERS)) {
                this.shelf.forget(key);
            }
        }
    }

    #read(name) {
        const value = this.shelf.get(name), parts = partsOf(name);
        const entry = parts.tab ? parsed(value) : { text: value, at: 0 };
        return entry && { ...entry, ...parts };
    }
}

// Returns how many texts there are to lose: the same one in two tabs is one, and a name alone that was typed is none.
export function countDrafts(whose) {
    const texts = new Texts(whose).all().filter(({ place }) => place !== 'begin');
    return new Set(texts.map(({ place, text }) => `${place} ${text.trim()}`)).size;
}

// Returns what a text on a shelf holds, or null.
export function parsed(value) {
    try {
        const entry = JSON.parse(value);
        return typeof entry?.text === 'string' && Number.isFinite(entry.at) ? entry : null;
    } catch {
        return null;
    }
}

function everybodys({ storage }) {
    try {
        return keysOf(storage).filter(key => key.startsWith(`messenger.${KIND} `))
            .map(key => ({ key, value: storage.getItem(key) ?? '', at: parsed(storage.getItem(key))?.at }))
            .sort((one, other) => (other.at ?? 0) - (one.at ?? 0));
    } catch {
        return [];
    }
}

function nameOf(place, tab) {
    return tab ? `${place} ${tab}` : String(place);
}

function partsOf(name) {
    const [place, tab = ''] = name.split(' ');
    return { place, tab };
}
