// Where unsent messages outlive their page: the browser's local storage, one key for each, so that tabs don't overwrite each other's.
// Must not live here: which tab sends them.
import { isUnsent, parseEntry } from './entry.js';

export class Keep {
    // `home` tells two installs at one address apart, `userId` the members who log in in one browser. `storage` may be null.
    constructor({ storage, home, userId }) {
        this.storage = storage;
        this.prefix = `messenger.outbox ${home} ${userId} `;
    }

    // Returns the unsent entries in the order they were written, or null where nothing can be kept.
    load() {
        try {
            const keys = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
            const entries = keys.filter(key => key.startsWith(this.prefix)).map(key => parseEntry(this.storage.getItem(key)));
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
