// Whether the other end of a connection still answers. Lives here: what was sent and is not answered yet, when to ask, and when nobody is
// there any more. Must not live here: the connection.
//
// A browser answers the server's pings where no script sees it: a connection that died silently looks like a quiet one.
import { Timers } from './clock.js';

const ANSWER_SECONDS = 5;
const QUIET_SECONDS = 75;
// The machine was asleep, or the page is hidden and its timers wait: what has arrived meanwhile is heard after them.
const LATE_SECONDS = 2;
// An answer that takes longer than this isn't waited for any more.
const FORGOTTEN_SECONDS = 60;

export class Pulse {
    // 'well', 'silent': something is unanswered, and so far the question whether anybody is there; 'slow': somebody is, and lets it wait.
    state = 'well';
    #unanswered = new Map();
    #heardAt = 0;

    // `ask()` sends what is answered at once. `onChange()` and `onDead()` are set by whoever owns the connection.
    constructor({ clock, ask, seconds = ANSWER_SECONDS }) {
        Object.assign(this, { clock, ask, seconds, timers: new Timers(clock), onChange: () => {}, onDead: () => {} });
    }

    // The connection is open.
    start() {
        const left = this.#heardAt + QUIET_SECONDS - this.clock.now();
        this.timers.set('quiet', Math.max(1, left), () => {
            this.askAfter(QUIET_SECONDS);
            this.start();
        });
    }

    // Ask, if nothing was heard for so long.
    askAfter(seconds) {
        if (this.clock.now() - this.#heardAt >= seconds && !this.#unanswered.has('pong')) {
            this.ask();
        }
    }

    sent(frame) {
        const answer = answerTo(frame), now = this.clock.now();
        if (answer) {
            this.#unanswered.set(answer, { first: now, ...this.#unanswered.get(answer), last: now });
            this.#watch();
        }
    }

    // Whatever it is, it is a sign of life.
    heard(frame) {
        this.#heardAt = this.clock.now();
        this.timers.cancel('dead');
        this.#forget(frame && answeredBy(frame));
        if (this.#unanswered.size) {
            this.#watch();
            this.#become(this.state === 'silent' ? 'slow' : this.state);
        } else {
            this.timers.cancel('doubt');
            this.#become('well');
        }
    }

    // The connection is gone.
    stop() {
        this.timers.cancelAll();
        this.#unanswered.clear();
        this.state = 'well';
    }

    #forget(answered) {
        this.#unanswered.delete(answered);
        const since = this.clock.now() - FORGOTTEN_SECONDS;
        this.#unanswered.forEach(({ last }, answer) => last < since && this.#unanswered.delete(answer));
    }

    #watch() {
        if (!this.timers.has('doubt') && !this.timers.has('dead')) {
            this.timers.set('doubt', this.seconds, () => this.#doubt());
        }
    }

    #doubt() {
        const [{ first }] = this.#unanswered.values();
        const left = first + this.seconds - this.clock.now();
        if (left > 0) {
            this.timers.set('doubt', left, () => this.#doubt());
        } else {
            this.#question();
            this.#become(this.state === 'slow' ? 'slow' : 'silent');
        }
    }

    #question(isSecond = false) {
        const due = this.clock.now() + this.seconds;
        this.timers.set('dead', this.seconds, () => {
            const isLate = this.clock.now() - due > LATE_SECONDS;
            isLate && !isSecond ? this.#question(true) : this.onDead();
        });
        this.ask();
    }

    #become(state) {
        if (state !== this.state) {
            this.state = state;
            this.onChange();
        }
    }
}

function answerTo({ type, ref }) {
    return ref ?? { __proto__: null, ping: 'pong', sync: 'synced' }[type];
}

// An error that names nothing is sync's: see sync.js.
function answeredBy({ type, ref }) {
    return ref ?? (type === 'error' ? 'synced' : type);
}
