// Keeps the session alive for as long as its reader is at work, and no longer: web2py hears of its own pages only, not of what goes over a
// socket. Lives here: when to tell it. What counts as being at work is for the page to say.
import { Timers } from './clock.js';
import { Refused } from './web.js';

const AGAIN_SECONDS = 60;

export class Activity {
    #due;

    // `tell()` asks web2py for something, which moves the end of the session on; at most every `seconds`. The page itself was the first time.
    constructor({ clock, seconds, tell }) {
        Object.assign(this, { clock, seconds, tell, timers: new Timers(clock) });
        this.#due = clock.now() + seconds;
    }

    // The reader has done something. The first time since the last telling decides that there will be another.
    noticed() {
        if (!this.timers.has('tell')) {
            this.timers.set('tell', Math.max(0, this.#due - this.clock.now()), () => this.#tell());
        }
    }

    #tell() {
        this.#due = this.clock.now() + this.seconds;
        this.tell().catch(error => {
            // A refusal says that there is no session to keep any more.
            if (!(error instanceof Refused)) {
                this.#due = this.clock.now() + Math.min(AGAIN_SECONDS, this.seconds);
                this.noticed();
            }
        });
    }
}
