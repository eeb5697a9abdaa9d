// Fetching something anew whenever it has changed: once a second at most, more rarely while nobody can see it, one at a time, again where it
// failed.
import { Backoff } from './backoff.js';
import { Timers } from './clock.js';
import { Refused } from './web.js';

const PAUSE_SECONDS = 1;
const HIDDEN_SECONDS = 5;

export class Refresh {
    #isWanted = false;
    #isLoading = false;

    // `load()` fetches it, `show(what)` puts it on the page.
    constructor({ load, show, clock, isHidden, backoff = new Backoff({ first: PAUSE_SECONDS }) }) {
        Object.assign(this, { load, show, isHidden, backoff, timers: new Timers(clock) });
    }

    // It has changed.
    want(isWanted = true) {
        this.#isWanted ||= isWanted;
        if (this.#isWanted && !this.#isLoading && !this.timers.has('pause')) {
            this.#fetch();
        }
    }

    // Somebody may look at it now.
    hurry() {
        this.timers.cancel('pause');
        this.want(false);
    }

    async #fetch() {
        this.#isWanted = false;
        this.#isLoading = true;
        try {
            this.show(await this.load());
            this.backoff.reset();
            this.#pause(this.isHidden() ? HIDDEN_SECONDS : PAUSE_SECONDS);
        } catch (error) {
            // A refusal is the line's business: it says so, and ends.
            this.#isWanted = !(error instanceof Refused);
            this.#pause(PAUSE_SECONDS + this.backoff.next());
        } finally {
            this.#isLoading = false;
        }
    }

    #pause(seconds) {
        this.timers.set('pause', seconds, () => this.want(false));
    }
}
