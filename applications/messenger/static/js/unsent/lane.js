// The lane beside the outbox: verbs on their way to the server. Lives here: when to send which, and what an answer means.
// Must not live here: the road they take (`carry`), where they are kept (`verbs`), which tab sends them (`tab`), how they look.
//
// One at a time: what supersedes another must not overtake it. One that the server asks to wait with goes behind the others.
import { Timers } from '../wire/clock.js';
import { isToWait } from './entry.js';
import { following, isOver, targetOf } from './verb.js';

const ANSWER_SECONDS = 20;
const RETRY_SECONDS = 2;
// These say something about the page and nothing about what was asked.
const ENDS = new Set(['no_session', 'blocked']);

export class Lane {
    #isHeld = true;
    #inFlight = null;
    #tries = new Map();

    // As the Outbox. Whoever uses the lane sets `onChange(entry)`: it waits, is done or superseded; was refused, with the `error` where it was
    // this tab that was told; or dropped as too old.
    constructor({ verbs, tab, clock, carry, newRef, epoch }) {
        Object.assign(this, { verbs, tab, clock, carry, newRef, epoch, timers: new Timers(clock), onChange: () => {} });
    }

    // What waits, as it is sent: the page shows it as done.
    get frames() {
        return this.#entries().map(entry => entry.frame);
    }

    // The page is there, for the first time or again: other tabs may have done anything meanwhile.
    open() {
        const entries = this.verbs.load();
        this.tab.find(entries.map(entry => entry.owner));
        entries.forEach(entry => this.#follow(entry));
    }

    do(frame, { isUnasked = false } = {}) {
        const waiting = this.verbs.load();
        const before = waiting.find(entry => targetOf(entry.frame) === targetOf(frame));
        const wanted = following(before && this.#isOver(before) ? undefined : before?.frame, frame);
        if (wanted) {
            const at = Math.max(this.clock.now(), (waiting.at(-1)?.at ?? 0) + 0.001);
            const entry = { ref: this.newRef(), frame: wanted, isUnasked, at, epoch: this.epoch(), owner: this.tab.id, state: 'waits' };
            this.verbs.save(entry, before);
            this.onChange(entry);
        }
        this.#next();
    }

    // Something else has been done about what `isMeant(frame)` says: it was done before that, and must not come after it.
    drop(isMeant) {
        this.verbs.load().filter(({ frame }) => isMeant(frame)).forEach(entry => this.#end(entry, { state: 'dropped' }));
    }

    // A road has opened, but nobody knows yet to which database.
    hold() {
        this.#isHeld = true;
        this.#landed();
    }

    // It leads to the database of this page; what is unanswered goes again.
    flush() {
        this.#isHeld = false;
        this.#landed();
        this.verbs.load().filter(entry => this.#isOver(entry)).forEach(entry => this.#end(entry, { state: 'dropped' }));
        this.#next();
    }

    // An ack or an error: of ours, or of a message.
    answer(frame) {
        const entry = this.verbs.load().find(one => one.ref === frame.ref);
        if (!entry && frame.ref !== this.#inFlight) {
            return;
        }
        this.#landed(frame.ref);
        if (frame.type === 'error' && (isToWait(frame) || ENDS.has(frame.code))) {
            this.timers.set('wait', frame.retry_after ?? RETRY_SECONDS, () => this.#next());
        } else if (entry) {
            this.#end(entry, frame.type === 'error' ? { state: 'refused', error: frame } : { state: 'done' });
        }
        this.#next();
    }

    // Another tab has changed an entry.
    heard(entry) {
        if (entry.state === 'waits') {
            this.#follow(entry);
        }
        this.onChange(entry);
    }

    #follow(entry) {
        this.tab.follow(entry.owner, this.#goOn);
    }

    #goOn = () => this.#next();

    #next() {
        if (this.#isHeld || this.#inFlight || this.timers.has('wait')) {
            return;
        }
        const tries = entry => this.#tries.get(entry.ref) ?? 0;
        const [entry] = this.#entries().filter(one => this.tab.sendsFor(one.owner)).sort((one, other) => tries(one) - tries(other));
        if (entry) {
            this.#tries.set(entry.ref, tries(entry) + 1);
            this.#send(entry);
        }
    }

    #send({ frame, ref }) {
        // Before carrying: the answer may be there when carry() returns.
        this.#inFlight = ref;
        this.timers.set('answer', ANSWER_SECONDS, () => this.flush());
        if (!this.carry({ ...frame, ref })) {
            this.#landed();
        }
    }

    #landed(ref = this.#inFlight) {
        if (ref === this.#inFlight) {
            this.#inFlight = null;
            this.timers.cancel('answer');
        }
    }

    #end(entry, news) {
        this.#tries.delete(entry.ref);
        this.verbs.end({ ...entry, state: news.state });
        this.onChange({ ...entry, ...news });
    }

    #entries() {
        return this.verbs.load().filter(entry => !this.#isOver(entry));
    }

    #isOver(entry) {
        return isOver(entry, this.clock.now(), this.epoch());
    }
}
