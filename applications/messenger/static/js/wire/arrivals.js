// What has reached this page and hasn't been read yet: told to those who wrote it, one frame a second at most.
//
// Never at once: what is read within the second, here or in another tab, need not be told. Whatever conversation the page shows, messages of
// all of them arrive at it.
import { Timers } from './clock.js';

const PAUSE_SECONDS = 1;

export class Arrivals {
    #reached = new Map();
    #untold = new Set();

    // `carry(frame)` returns whether the frame is on its way.
    constructor({ userId, carry, clock }) {
        Object.assign(this, { userId, carry, timers: new Timers(clock) });
    }

    // An event of the feed.
    hear(event) {
        if (event.type === 'message' && event.receiver_id === this.userId && event.sender_id !== this.userId) {
            this.#arrived(event);
        } else if (event.type === 'read' && event.user_id === this.userId) {
            this.read(event);
        }
    }

    // Who has read it has got it.
    read({ conversation, number }) {
        if (this.#reached.get(conversation) <= number) {
            this.#reached.delete(conversation);
            this.#untold.delete(conversation);
        }
    }

    // A road has opened. Nobody knows whether what was told last has arrived; telling it twice changes nothing.
    tellAgain() {
        this.#untold = new Set(this.#reached.keys());
        this.#later();
    }

    // Numbers start over after a reset.
    forget() {
        this.#reached.clear();
        this.#untold.clear();
    }

    #arrived({ conversation, number }) {
        if (!(number <= this.#reached.get(conversation))) {
            this.#reached.set(conversation, number);
            this.#untold.add(conversation);
            this.#later();
        }
    }

    #later() {
        if (this.#untold.size && !this.timers.has('tell')) {
            this.timers.set('tell', PAUSE_SECONDS, () => this.#tell());
        }
    }

    #tell() {
        const [conversation] = this.#untold;
        if (conversation && this.carry({ type: 'delivered', conversation, number: this.#reached.get(conversation) })) {
            this.#untold.delete(conversation);
            this.#later();
        }
    }
}
