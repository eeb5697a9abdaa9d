// What somebody is writing and has not sent: a text for each conversation, kept over pages, tabs and days. A text that was sent is the
// outbox's. Must not live here: where a text is shown.
import { Shelf } from './shelf.js';

export class Drafts {
    // shelf.js says what the parts of `whose` are.
    constructor(whose) {
        this.shelf = new Shelf({ kind: 'draft', ...whose });
    }

    // The text for the conversation with somebody, or ''.
    of(otherId) {
        return this.shelf.get(otherId) ?? '';
    }

    // Keep a text, of blanks none; returns whether that has worked.
    keep(otherId, content) {
        return content.trim() ? this.shelf.set(otherId, content) : this.shelf.remove(otherId);
    }

    // Returns a Map of all of them, by the other's id.
    all() {
        return new Map((this.shelf.names() ?? []).map(name => [Number(name), this.of(name)]));
    }

    // Returns with whom the conversation is whose text another tab has changed, or null when a `storage` event is about something else.
    changed(event) {
        return Number(this.shelf.changed(event)) || null;
    }
}
