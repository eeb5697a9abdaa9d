// One live connection that comes back by itself. Lives here: opening, closing, waiting.
// Must not live here: the page, what frames mean beyond `welcome` and `pong`, and noticing that it is dead, which is pulse.js's.
import { Timers } from './clock.js';
import { CLOSES, ENDED, parse } from './frames.js';
import { Pulse } from './pulse.js';

const OPENING_SECONDS = 10;
const STABLE_SECONDS = 10;
const FRESH_SECONDS = 5;
const WAKES_FROM = new Set(['reconnecting', 'too-many']);

export class LiveSocket {
    state = 'stopped';
    #socket = null;
    #notBefore = 0;

    // `open()` makes a WebSocket. `onState(state)`, `onFrame(frame)` and `onGivenUp()` are set by whoever uses the connection.
    constructor({ open, clock, backoff }) {
        Object.assign(this, { open, clock, backoff, timers: new Timers(clock), onState: () => {}, onFrame: () => {}, onGivenUp: () => {} });
        this.pulse = new Pulse({ clock, ask: () => this.send({ type: 'ping' }) });
        this.pulse.onDead = () => this.#giveUp();
    }

    start() {
        this.#enter('connecting');
        this.#connect();
    }

    // From a state that only a new page can go on from, it goes to no other.
    stop(state = 'stopped') {
        if (!ENDED.has(this.state)) {
            this.#leave();
            this.#enter(state);
        }
    }

    // Returns whether the frame was handed over. That it has arrived is known by its answer only.
    send(frame) {
        if (this.state !== 'online' || this.#socket.readyState !== 1) {
            return false;
        }
        this.#socket.send(JSON.stringify(frame));
        this.pulse.sent(frame);
        return true;
    }

    // Somebody looks at the page again: don't let them wait.
    wake() {
        if (this.state === 'online') {
            this.pulse.askAfter(FRESH_SECONDS);
        } else if (WAKES_FROM.has(this.state) && !this.#socket) {
            this.#hurry();
        }
    }

    // The network is another one: what was opened over the old one may be dead, an attempt too.
    renew() {
        if (this.state === 'online') {
            this.pulse.askAfter(0);
        } else if (WAKES_FROM.has(this.state) || this.state === 'connecting') {
            this.#hurry();
        }
    }

    #hurry() {
        if (this.clock.now() >= this.#notBefore) {
            this.#leave();
            this.#enter('reconnecting');
            this.#connect();
        }
    }

    #connect() {
        this.timers.cancelAll();
        const socket = this.#opened();
        this.#socket = socket;
        if (!socket) {
            this.#comeBack(0);
            return;
        }
        const ifCurrent = call => event => this.#socket === socket && call(event);
        socket.onmessage = ifCurrent(event => this.#hear(event.data));
        socket.onclose = ifCurrent(event => this.#closed(event.code));
        this.timers.set('opening', OPENING_SECONDS, () => this.#drop());
    }

    #opened() {
        try {
            return this.open();
        } catch {
            // An address that can't be right, such as ws: from an https page: the page works on without a socket.
            return null;
        }
    }

    #hear(text) {
        const frame = parse(text);
        this.pulse.heard(frame);
        if (frame?.type === 'welcome') {
            this.#welcomed();
        }
        if (frame && frame.type !== 'pong') {
            this.onFrame(frame);
        }
    }

    #welcomed() {
        this.timers.cancel('opening');
        this.timers.set('stable', STABLE_SECONDS, () => this.backoff.reset());
        this.pulse.start();
        this.#enter('online');
    }

    #giveUp() {
        this.#drop();
        this.onGivenUp();
    }

    #drop() {
        this.#leave();
        this.#comeBack(0);
    }

    #closed(code) {
        const { state, wait = 0 } = CLOSES[code] ?? {};
        this.#leave();
        state ? this.#enter(state) : this.#comeBack(wait);
    }

    #comeBack(wait) {
        this.#notBefore = this.clock.now() + wait;
        this.timers.set('retry', wait + this.backoff.next(), () => this.#connect());
        this.#enter('reconnecting');
    }

    #leave() {
        this.timers.cancelAll();
        this.pulse.stop();
        const socket = this.#socket;
        this.#socket = null;
        socket?.close();
    }

    #enter(state) {
        this.state = state;
        this.onState(state);
    }
}
