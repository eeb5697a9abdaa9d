// Messages on their way to the server, in the order they were written. Lives here: when to send which, and what an answer means.
// Must not live here: the road they take (`carry`), where they are kept (`keep`), which tab sends them (`tab`), how they look.
//
// One at a time: when the server asks to wait with a message, those behind it must not overtake it. Unless it would be for long: then that
// one has failed, and the others go on.
import { Timers } from '../wire/clock.js';
import { ackOf, frameOf, isStale, isToWait, isUnsent } from './entry.js';

const ANSWER_SECONDS = 20;
const RETRY_SECONDS = 2;

export class Outbox {
    entries = [];
    #inFlight = null;

    // `carry(frame)` returns whether the frame is on its way, `epoch()` which database the server has. Whoever uses the outbox sets
    // `onSent(entry, ack)`, `onFailed(entry, error)`, and for what another tab did `onHeard(entry)` and `onDiscarded(entry)`.
    constructor({ keep, tab, clock, carry, newRef, epoch }) {
        Object.assign(this, { keep, tab, clock, carry, newRef, epoch, timers: new Timers(clock) });
        Object.assign(this, { onSent: () => {}, onFailed: () => {}, onHeard: () => {}, onDiscarded: () => {} });
    }

    // The page is there, for the first time or again: other tabs may have done anything meanwhile.
    open() {
        this.entries = this.keep.load() ?? this.entries;
        this.tab.enter(this.entries.map(entry => entry.owner));
        this.entries.forEach(entry => this.#judge(entry));
    }

    close() {
        this.#landed();
        this.tab.leave();
    }

    write(receiver, content) {
        const at = Math.max(this.clock.now(), (this.entries.at(-1)?.at ?? 0) + 0.001);
        const entry = { ref: this.newRef(), receiver, content, at, epoch: this.epoch(), owner: this.tab.id, state: 'sending' };
        this.entries.push(entry);
        this.keep.save(entry);
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
        this.#landed(entry);
        if (frame.type !== 'error') {
            this.#sent(entry, ackOf(frame));
        } else if (isToWait(frame)) {
            this.timers.set('wait', frame.retry_after ?? RETRY_SECONDS, () => this.#next());
        } else {
            this.#change(entry, { state: 'failed', error: frame.message, reason: frame.limit ?? frame.code });
            this.onFailed(entry, frame);
        }
        this.#next();
    }

    retry(ref) {
        const entry = this.#find(ref);
        if (entry) {
            const anew = { owner: this.tab.id, at: this.clock.now(), epoch: this.epoch() };
            this.#change(entry, { state: 'sending', error: undefined, reason: undefined, ...anew });
            this.#next();
        }
        return entry;
    }

    discard(ref) {
        const entry = this.#find(ref);
        if (entry) {
            this.#drop(entry);
            this.keep.end({ ...entry, state: 'discarded' });
        }
    }

    // Another tab has changed an entry.
    heard(entry) {
        const known = this.#find(entry.ref);
        if (isUnsent(entry)) {
            this.#drop(known);
            this.entries.push(entry);
            this.#judge(entry);
            this.onHeard(entry);
        } else if (known) {
            this.#drop(known);
            entry.state === 'sent' ? this.onSent(entry, entry.ack) : this.onDiscarded(entry);
        }
        this.#next();
    }

    #judge(entry) {
        if (isStale(entry, this.clock.now(), this.epoch())) {
            this.#change(entry, { state: 'failed' });
        } else {
            this.tab.follow(entry.owner, () => this.#next());
        }
    }

    #next() {
        const entry = this.entries.find(one => one.state === 'sending' && this.tab.sendsFor(one.owner));
        if (!entry || this.#inFlight || this.timers.has('wait')) {
            return;
        }
        // Before carrying: the answer may be there when carry() returns.
        this.#inFlight = entry.ref;
        this.timers.set('answer', ANSWER_SECONDS, () => this.flush());
        if (!this.carry(frameOf(entry))) {
            this.#landed();
        }
    }

    #landed(entry) {
        if (!entry || entry.ref === this.#inFlight) {
            this.#inFlight = null;
            this.timers.cancel('answer');
        }
    }

    #sent(entry, ack) {
        this.#drop(entry);
        this.keep.end({ ...entry, state: 'sent', ack });
        this.onSent(entry, ack);
    }

    #change(entry, news) {
        this.keep.save(Object.assign(entry, news));
    }

    #drop(entry) {
        if (entry) {
            this.#landed(entry);
            this.entries = this.entries.filter(other => other !== entry);
        }
    }

    #find(ref) {
        return ref && this.entries.find(entry => entry.ref === ref);
    }
}
