// Where unsent messages outlive their page: one thing on the shelf for each, so that tabs don't overwrite each other's.
// Must not live here: which tab sends them.
import { Shelf } from './shelf.js';
import { isUnsent, parseEntry } from './entry.js';

export class Keep {
    // shelf.js says what the parts of `whose` are.
    constructor(whose) {
        this.shelf = new Shelf({ kind: 'outbox', ...whose });
    }

    // Returns the unsent entries in the order they were written, or null where nothing can be kept.
    load() {
        const entries = this.shelf.names()?.map(name => parseEntry(this.shelf.get(name))) ?? null;
        return entries && entries.filter(isUnsent).sort((one, other) => one.at - other.at);
    }

    // Where it can't be kept the message still goes out, it only doesn't outlive its page.
    save(entry) {
        this.shelf.set(entry.ref, JSON.stringify(entry));
    }

    // Whether it outlives its page.
    has({ ref }) {
        return this.shelf.get(ref) !== null;
    }

    // It is sent or discarded. The last thing the other tabs hear of it is which.
    end(entry) {
        this.save(entry);
        this.shelf.remove(entry.ref);
    }

    // Whether a `storage` event says that the member has logged out in another tab.
    isLeftBy(event) {
        return this.shelf.isLeft(event);
    }

    // Returns the entry that another tab has changed, or null when a `storage` event is about something else.
    changed(event) {
        return this.shelf.changed(event) === null ? null : parseEntry(event.newValue);
    }
}
