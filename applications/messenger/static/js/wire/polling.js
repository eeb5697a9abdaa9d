// Asking for updates again and again, for as long as there is no socket. Lives here: when to ask. What came is handed on.
import { Timers } from './clock.js';

// A socket that is away shorter than this is not worth a request.
const PATIENCE_SECONDS = 3;
const HIDDEN_SECONDS = 30;
const LONGEST_SECONDS = 60;
const FIRST_SECONDS = 5;

export class Polling {
    isRunning = false;
    #failures = 0;
    #round = 0;

    // `ask()` fetches a page. `onPage(page)` returns whether to ask for more at once; `onFailure(error)` whether to go on; `watch(request)`
    // looks how it fares.
    constructor({ ask, clock, isHidden }) {
        Object.assign(this, { ask, isHidden, timers: new Timers(clock) });
        Object.assign(this, { onPage: () => false, onFailure: () => true, watch: request => request });
    }

    // The socket is away, and may be back in a moment.
    startSoon() {
        if (!this.isRunning && !this.timers.has('start')) {
            this.timers.set('start', PATIENCE_SECONDS, () => this.start());
        }
    }

    start() {
        if (!this.isRunning) {
            this.isRunning = true;
            this.timers.cancel('start');
            this.#failures = 0;
            this.#poll();
        }
    }

    stop() {
        this.isRunning = false;
        this.#round += 1;
        this.timers.cancelAll();
    }

    // Somebody looks at the page again.
    wake() {
        if (this.timers.has('next')) {
            this.timers.cancel('next');
            this.#poll();
        }
    }

    // The network is another one: what was asked over the old one may never be answered.
    renew() {
        if (this.isRunning) {
            this.timers.cancelAll();
            this.#poll();
        }
    }

    async #poll() {
        const round = this.#round += 1;
        const turn = call => argument => round === this.#round && call(argument);
        await this.watch(this.ask()).then(turn(page => this.#came(page)), turn(error => this.#failed(error)));
    }

    #came(page) {
        this.#failures = 0;
        if (this.onPage(page)) {
            this.#poll();
        } else {
            this.#later(page.retry_after ?? FIRST_SECONDS);
        }
    }

    #failed(error) {
        this.#failures += 1;
        if (this.onFailure(error)) {
            this.#later(Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (this.#failures - 1)));
        }
    }

    #later(seconds) {
        if (!this.isRunning) {
            return;
        }
        this.timers.set('next', this.isHidden() ? Math.max(seconds, HIDDEN_SECONDS) : seconds, () => this.#poll());
    }
}
