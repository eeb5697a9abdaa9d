// What this page has seen of the feed: one position and the ids of the messages. Knows neither socket nor page.
//
// The position is what a sync or a poll asks from. It must never pass an event that wasn't seen, so a push moves it only
// after the answer to the sync of this connection is complete.

export class Timeline {
    #live = false;
    #seen = new Set();

    constructor({ seq, epoch }) {
        this.seq = seq;
        this.epoch = epoch;
    }

    // A socket has opened. Where nothing can have been missed, there is nothing to ask.
    welcome(frame) {
        this.#live = frame.epoch === this.epoch && frame.seq === this.seq;
    }

    // The sync that is to be sent, or null while nothing is missing.
    get question() {
        return this.#live ? null : { type: 'sync', since: this.seq, epoch: this.epoch };
    }

    // The socket is gone, and with it the promise that pushes have no gaps.
    lose() {
        this.#live = false;
    }

    // Say whether an event is new to the page.
    take(event) {
        if (this.#live && event.seq > this.seq) {
            this.seq = event.seq;
        }
        return event.type !== 'message' || this.see(event.id);
    }

    // Note a message that is shown; returns whether it was unknown.
    see(id) {
        const isNew = !this.#seen.has(id);
        this.#seen.add(id);
        return isNew;
    }

    // The end of a sync: returns {more: true}, {reset: true} or {}.
    synced(frame) {
        const outcome = this.page(frame);
        this.#live = !outcome.more;
        return outcome;
    }

    // The same for a page of updates over HTTP, which says nothing about a socket.
    page({ seq, epoch, more, reset }) {
        if (reset || epoch !== this.epoch) {
            this.#startOver(seq, epoch);
            return { reset: true };
        }
        this.seq = Math.max(this.seq, seq);
        return more ? { more: true } : {};
    }

    #startOver(seq, epoch) {
        this.seq = seq;
        this.epoch = epoch;
        // In a restored database the same ids may name other messages.
        this.#seen.clear();
    }
}
