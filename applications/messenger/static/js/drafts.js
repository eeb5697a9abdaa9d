// What somebody is writing and has not sent: a text for each conversation, kept over pages, tabs and days. A text that was sent is the
// outbox's. Must not live here: where a text is shown.
import { keysOf, prefixOf } from './belongings.js';

export class Drafts {
    // `storage` may be null. belongings.js says what `home` and `userId` are for.
    constructor({ storage, home, userId }) {
        Object.assign(this, { storage, prefix: prefixOf('draft', home, userId) });
    }

    // The text for the conversation with somebody, or ''.
    of(otherId) {
        return this.#try(() => this.storage.getItem(this.prefix + otherId)) ?? '';
    }

    // Keep a text. One of blanks is none.
    keep(otherId, content) {
        const key = this.prefix + otherId;
        this.#try(() => content.trim() ? this.storage.setItem(key, content) : this.storage.removeItem(key));
    }

    // Returns a Map of all of them, by the other's id.
    all() {
        const keys = this.#try(() => keysOf(this.storage, this.prefix)) ?? [];
        return new Map(keys.map(key => this.#otherOf(key)).map(otherId => [otherId, this.of(otherId)]));
    }

    // Returns whose conversation's text another tab has changed, or null when a `storage` event is about something else.
    changed({ key }) {
        return key?.startsWith(this.prefix) ? this.#otherOf(key) : null;
    }

    #otherOf(key) {
        return Number(key.slice(this.prefix.length));
    }

    // Full or switched off: nothing is kept, everything else works.
    #try(call) {
        try {
            return call();
        } catch {
            return null;
        }
    }
}
