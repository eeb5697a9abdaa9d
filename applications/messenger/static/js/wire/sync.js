// Asking over the socket for what was missed, until everything is there.
import { Timers } from './clock.js';

// An answer that takes longer is not coming.
const ANSWER_SECONDS = 20;

export class Sync {
    constructor({ timeline, socket, clock }) {
        Object.assign(this, { timeline, socket, timers: new Timers(clock) });
    }

    // A socket has opened.
    start(welcome) {
        this.timeline.welcome(welcome);
        this.#ask();
    }

    // Returns what the end of a page means to the timeline; what is left is asked for here.
    answered(frame) {
        this.timers.cancelAll();
        const outcome = this.timeline.synced(frame);
        this.#ask();
        return outcome;
    }

    // An error that names no message: if a sync is under way, it is the sync that was refused.
    refused(error) {
        if (this.timers.has('answer') && error.retry_after) {
            this.timers.set('answer', error.retry_after, () => this.#ask());
        }
    }

    // The socket is gone.
    stop() {
        this.timers.cancelAll();
        this.timeline.lose();
    }

    #ask() {
        const question = this.timeline.question;
        if (question && this.socket.send(question)) {
            this.timers.set('answer', ANSWER_SECONDS, () => this.#ask());
        }
    }
}
