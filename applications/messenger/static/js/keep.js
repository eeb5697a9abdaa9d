// Where unsent messages survive a reload: the tab's session storage, apart for each member who logs in in it.

export class Keep {
    constructor(storage, userId) {
        this.storage = storage;
        this.key = `messenger.outbox.${userId}`;
    }

    load() {
        try {
            const entries = JSON.parse(this.storage.getItem(this.key));
            return Array.isArray(entries) ? entries.filter(isEntry) : [];
        } catch {
            return [];
        }
    }

    save(entries) {
        try {
            this.storage.setItem(this.key, JSON.stringify(entries));
        } catch {
            // Full or switched off: the messages still go out, they only don't survive a reload.
        }
    }
}

function isEntry(entry) {
    return typeof entry?.ref === 'string' && typeof entry.content === 'string' && Number.isSafeInteger(entry.receiver);
}
