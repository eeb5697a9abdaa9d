// What a tab keeps for a member whose session has ended, for them alone and for as long as it is open: when they log in there again it is
// among their drafts again; when another member does, it goes.
import { dropOthers, Shelf } from './shelf.js';
import { parsed } from './texts.js';

export class Aside {
    // `storage` is the tab's own; shelf.js says what the parts of `whose` are.
    constructor({ storage, ...whose }) {
        this.shelf = new Shelf({ ...whose, kind: 'aside', storage });
        dropOthers(this.shelf);
    }

    // Returns whether it is kept.
    put({ place, text, at, where }) {
        return this.shelf.set(place, JSON.stringify({ text, at, where }));
    }

    // Call `put(entry)` for each, which returns whether it has it now.
    giveBack(put) {
        for (const place of this.shelf.names() ?? []) {
            const entry = parsed(this.shelf.get(place));
            if (!entry || put({ ...entry, place })) {
                this.shelf.remove(place);
            }
        }
    }
}
