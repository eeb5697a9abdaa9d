// Where unsent messages outlive their page: the browser's local storage, one key for each, so that tabs don't overwrite each other's.
// Must not live here: which tab sends them.
import { keysOf, prefixOf } from './belongings.js';
import { isUnsent, parseEntry } from './entry.js';

export class Keep {
    // `storage` may be null. belongings.js says what `home` and `userId` are for.
    constructor({ storage, home, userId }) {
        this.storage = storage;
        this.prefix = prefixOf('outbox', home, userId);
    }

    // Returns the unsent entries in the order they were written, or null where nothing can be kept.
    load() {
        try {
            const entries = keysOf(this.storage, this.prefix).map(key => parseEntry(this.storage.getItem(key)));
            return entries.filter(isUnsent).sort((one, other) => one.at - other.at);
        } catch {
            return null;
        }
    }

    save(entry) {
        try {
            this.storage.setItem(this.prefix + entry.ref, JSON.stringify(entry));
        } catch {
            // Full or switched off: the message still goes out, it only doesn't outlive its page.
        }
    }

    // It is sent or discarded. The last thing the other tabs hear of it is which.
    end(entry) {
        this.save(entry);
        try {
            this.storage.removeItem(this.prefix + entry.ref);
        } catch {
            // Then it was never kept.
        }
    }

    // Returns the entry that another tab has changed, or null when a `storage` event is about something else.
    changed({ key, newValue }) {
        return key?.startsWith(this.prefix) ? parseEntry(newValue) : null;
    }
}
