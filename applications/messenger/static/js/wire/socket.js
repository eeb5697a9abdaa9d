// One live connection that comes back by itself. Lives here: opening, closing, waiting, noticing that it is dead.
// Must not live here: the page, and what frames mean beyond `welcome` and `pong`.
import { Timers } from './clock.js';
import { CLOSES, parse } from './frames.js';

const OPENING_SECONDS = 10;
const STABLE_SECONDS = 10;
const SILENT_SECONDS = 75;
const ANSWER_SECONDS = 10;
const FRESH_SECONDS = 5;
const WAKES_FROM = new Set(['reconnecting', 'too-many']);

export class LiveSocket {
    state = 'stopped';
    #socket = null;
    #heardAt = 0;
    #notBefore = 0;

    // `open()` makes a WebSocket. `onState(state)` and `onFrame(frame)` are set by whoever uses the connection.
    constructor({ open, clock, backoff }) {
        Object.assign(this, { open, clock, backoff, timers: new Timers(clock), onState: () => {}, onFrame: () => {} });
    }

    start() {
        this.#enter('connecting');
        this.#connect();
    }

    stop(state = 'stopped') {
        this.#leave();
        this.#enter(state);
    }

    // Returns whether the frame was handed over. That it has arrived is known by its answer only.
    send(frame) {
        if (this.state !== 'online' || this.#socket.readyState !== 1) {
            return false;
        }
        this.#socket.send(JSON.stringify(frame));
        return true;
    }

    // Somebody looks at the page again, or the network is back: don't let them wait.
    wake() {
        if (this.state === 'online') {
            this.#probe(FRESH_SECONDS);
        } else if (WAKES_FROM.has(this.state) && !this.#socket && this.clock.now() >= this.#notBefore) {
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
        this.#heardAt = this.clock.now();
        this.timers.cancel('answer');
        const frame = parse(text);
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
        this.#watch();
        this.#enter('online');
    }

    // A browser answers the server's pings where no script sees it: a connection that died silently looks like a quiet one.
    #watch() {
        const left = this.#heardAt + SILENT_SECONDS - this.clock.now();
        this.timers.set('silent', Math.max(1, left), () => {
            this.#probe(SILENT_SECONDS);
            this.#watch();
        });
    }

    #probe(silentSeconds) {
        const silent = this.clock.now() - this.#heardAt >= silentSeconds;
        if (silent && !this.timers.has('answer') && this.send({ type: 'ping' })) {
            this.timers.set('answer', ANSWER_SECONDS, () => this.#drop());
        }
    }

    #drop() {
        this.#leave();
        this.#comeBack(0);
    }

    #closed(code) {
        const { state, wait = 0 } = CLOSES[code] ?? {};
        this.#leave();
        if (state) {
            this.#enter(state);
        } else {
            this.#comeBack(wait);
        }
    }

    #comeBack(wait) {
        this.#notBefore = this.clock.now() + wait;
        this.timers.set('retry', wait + this.backoff.next(), () => this.#connect());
        this.#enter('reconnecting');
    }

    #leave() {
        this.timers.cancelAll();
        const socket = this.#socket;
        this.#socket = null;
        socket?.close();
    }

    #enter(state) {
        this.state = state;
        this.onState(state);
    }
}
