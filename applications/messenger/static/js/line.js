// The page's line to the server: the socket while there is one, short polling and single posts while there isn't.
// Lives here: which road is taken, and what an answer does to timeline and outbox. Must not live here: the page.
import { Timers } from './clock.js';
import { Posting } from './posting.js';
import { Sync } from './sync.js';
import { Refused } from './web.js';

// A socket that is away shorter than this is not worth a request.
const PATIENCE_SECONDS = 3;
// What the refusal of a poll or a post says about the page as a whole.
const REFUSALS = { no_session: 'logged-out', blocked: 'blocked' };
const ENDED = new Set(['logged-out', 'blocked', 'stale']);

export class Line {
    // `onState(state)`, `onEvent(event)` and `onReset()` are set by whoever shows the page.
    constructor({ userId, socket, polling, web, timeline, clock }) {
        Object.assign(this, { userId, socket, polling, timeline, sync: new Sync({ timeline, socket, clock }), timers: new Timers(clock) });
        Object.assign(this, { outbox: null, isOurs: false, onState: () => {}, onEvent: () => {}, onReset: () => {}, onOpen: () => {} });
        socket.onState = state => this.#socketIs(state);
        socket.onFrame = frame => this.#frames[frame.type]?.(frame);
        this.posting = new Posting({
            web, onAnswer: answer => this.outbox.answer(answer), mayGoOn: error => this.#refused(error),
        });
        polling.onPage = page => this.#polled(page);
        polling.onFailure = error => this.#refused(error);
    }

    // Only a new page can go on from here.
    get isEnded() {
        return ENDED.has(this.socket.state);
    }

    open() {
        if (this.socket.state === 'stopped') {
            this.socket.start();
        }
    }

    pause() {
        if (!this.isEnded) {
            this.socket.stop();
        }
    }

    wake() {
        this.socket.wake();
        this.polling.wake();
    }

    // Returns whether the frame is on its way. Its answer comes to the outbox, whichever road it takes.
    carry(frame) {
        return this.socket.send(frame) || (this.polling.isRunning && this.isOurs && this.posting.carry(frame));
    }

    #frames = {
        // Types come from outside: one called "constructor" is as unknown as any other.
        __proto__: null,
        welcome: frame => this.#welcome(frame),
        synced: frame => this.#settle(this.sync.answered(frame)),
        ack: frame => this.outbox.answer(frame),
        error: frame => (frame.ref ? this.outbox.answer(frame) : this.sync.refused(frame)),
        message: frame => this.#happened(frame),
        read: frame => this.#happened(frame),
    };

    #socketIs(state) {
        if (state === 'online') {
            this.timers.cancelAll();
            this.polling.stop();
        } else {
            this.sync.stop();
            this.#withoutSocket(state);
        }
        this.onState(state);
    }

    #withoutSocket(state) {
        if (this.isEnded || state === 'stopped') {
            this.timers.cancelAll();
            this.polling.stop();
        } else if (!this.polling.isRunning && !this.timers.has('patience')) {
            this.timers.set('patience', PATIENCE_SECONDS, () => this.#poll());
        }
    }

    // Nothing is posted before an answer has shown whose session this browser now has.
    #poll() {
        this.isOurs = false;
        this.polling.start();
    }

    #welcome(frame) {
        if (this.#isSomebodyElses(frame)) {
            return;
        }
        this.sync.start(frame);
        this.onOpen();
    }

    // Somebody else has logged in in this browser: nothing of theirs belongs on this page, nor the other way round.
    #isSomebodyElses({ user_id: userId }) {
        if (userId !== this.userId) {
            this.socket.stop('stale');
        }
        return userId !== this.userId;
    }

    #settle(outcome) {
        if (outcome.reset) {
            this.onReset();
        }
        return outcome.more === true;
    }

    #happened(event) {
        const isNew = this.timeline.take(event);
        if (isNew || event.ref) {
            this.onEvent(event);
        }
        if (event.type === 'message' && event.ref) {
            this.outbox.answer(event);
        }
    }

    #polled(page) {
        if (this.#isSomebodyElses(page)) {
            return false;
        }
        if (!this.isOurs) {
            this.isOurs = true;
            this.onOpen();
        }
        page.events.forEach(event => this.#frames[event.type]?.(event));
        this.onState(this.socket.state);
        return this.#settle(this.timeline.page(page));
    }

    // Returns whether it makes sense to ask again.
    #refused(error) {
        const state = error instanceof Refused && REFUSALS[error.error.code];
        if (state) {
            this.socket.stop(state);
        } else if (!(error instanceof Refused) && this.polling.isRunning) {
            // Else it is the late end of a request from before the socket came back.
            this.onState('offline');
        }
        return !this.isEnded;
    }
}
