// A member may have so many sockets and no more. Where a page that shows messages gets none, one that shows none, and that nobody looks at,
// gives its own up, and goes on over HTTP until somebody does. What pages tell each other by is the browser's storage.
import { Timers } from '../wire/clock.js';

// Of all who could give theirs up the first is enough.
const WAIT_SECONDS = 2;
// Until the server has seen that a socket is closed.
const FREE_SECONDS = 1;

export class Places {
    #state = null;

    // `isNeeded` says whether the page shows messages, `isHidden()` whether nobody looks at it.
    constructor({ socket, shelf, clock, newId, isNeeded, isHidden, random = Math.random }) {
        Object.assign(this, { socket, shelf, newId, isNeeded, isHidden, random, timers: new Timers(clock) });
    }

    // How the line is now.
    onState(state) {
        const isRefused = state === 'too-many' && state !== this.#state;
        this.#state = state;
        isRefused && this.isNeeded && this.#tell('asked');
    }

    // A `storage` event, of whatever it is.
    heard(event) {
        const told = event.newValue ? this.shelf.changed(event) : null;
        if (told === 'asked' && !this.isNeeded) {
            this.timers.set('give', this.random() * WAIT_SECONDS, () => this.#give());
        } else if (told === 'given') {
            this.timers.cancel('give');
            this.isNeeded && this.timers.set('take', FREE_SECONDS, () => this.#take());
        }
    }

    #give() {
        if (this.socket.state === 'online' && this.isHidden()) {
            this.socket.stop('too-many');
            this.#tell('given');
        }
    }

    #take() {
        if (this.socket.state === 'too-many') {
            this.socket.wake();
        }
    }

    // Only that it changes is heard.
    #tell(name) {
        this.shelf.set(name, this.newId());
        this.shelf.remove(name);
    }
}
