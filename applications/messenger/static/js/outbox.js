// Messages on their way to the server, in the order they were written. Lives here: when to send which, and what an answer means.
// Must not live here: the road they take (`carry`), where they are kept (`keep`), how they look.
//
// One at a time: when the server asks to wait with a message, those behind it must not overtake it.
import { Timers } from './clock.js';

const ANSWER_SECONDS = 20;
const RETRY_SECONDS = 2;
const LATER = new Set(['busy', 'rate']);

export class Outbox {
    #inFlight = null;

    // `carry(frame)` returns whether the frame is on its way. `onSent(entry, ack)` and `onFailed(entry, error)` are set by whoever uses the outbox.
    constructor({ keep, clock, carry, newRef }) {
        Object.assign(this, { keep, carry, newRef, timers: new Timers(clock), onSent: () => {}, onFailed: () => {} });
        this.entries = keep.load();
    }

    write(receiver, content) {
        const entry = { ref: this.newRef(), receiver, content, state: 'sending' };
        this.entries.push(entry);
        this.#save();
        this.#next();
        return entry;
    }

    // A road has opened, or the one in use has ended: what is unanswered goes again, under the same ref.
    flush() {
        this.#landed();
        this.#next();
    }

    // An ack, an error, or the message itself as it came through the feed.
    answer(frame) {
        const entry = this.#find(frame.ref);
        if (!entry) {
            return;
        }
        if (entry.ref === this.#inFlight) {
            this.#landed();
        }
        if (frame.type !== 'error') {
            this.#sent(entry, frame);
        } else if (LATER.has(frame.code)) {
            this.#wait(frame.retry_after ?? RETRY_SECONDS);
        } else {
            this.#failed(entry, frame);
        }
        this.#next();
    }

    retry(ref) {
        const entry = this.#find(ref);
        if (entry) {
            entry.state = 'sending';
            delete entry.error;
            this.#save();
            this.#next();
        }
        return entry;
    }

    discard(ref) {
        this.entries = this.entries.filter(entry => entry.ref !== ref);
        this.#save();
    }

    #next() {
        const entry = this.entries.find(one => one.state === 'sending');
        if (!entry || this.#inFlight || this.timers.has('wait')) {
            return;
        }
        // Before carrying: the answer may be there when carry() returns.
        this.#inFlight = entry.ref;
        this.timers.set('answer', ANSWER_SECONDS, () => this.flush());
        if (!this.carry({ type: 'send', ref: entry.ref, receiver: entry.receiver, content: entry.content })) {
            this.#landed();
        }
    }

    #landed() {
        this.#inFlight = null;
        this.timers.cancel('answer');
    }

    #sent(entry, ack) {
        this.discard(entry.ref);
        this.onSent(entry, ack);
    }

    #wait(seconds) {
        this.timers.set('wait', seconds, () => this.#next());
    }

    #failed(entry, error) {
        entry.state = 'failed';
        entry.error = error.message;
        this.#save();
        this.onFailed(entry, error);
    }

    #find(ref) {
        return ref && this.entries.find(entry => entry.ref === ref);
    }

    #save() {
        this.keep.save(this.entries);
    }
}
