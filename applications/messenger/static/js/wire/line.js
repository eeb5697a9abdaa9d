// The page's line to the server: the socket while there is one, short polling and single posts while there isn't.
// Lives here: which road is taken, and what an answer does to timeline and what is unsent. Must not live here: the page.
import { Condition } from './condition.js';
import { ENDED, REFUSALS } from './frames.js';
import { Posting } from './posting.js';
import { Sync } from './sync.js';

export class Line {
    // Set by whoever shows the page: `onState(state)`, `onOpen()` when there is a road, `onCurrent()` once nothing is missing on it,
    // `onEvent(event)`, and `onReset()` when all that is shown may be wrong.
    constructor({ userId, socket, polling, web, timeline, clock, hasNetwork }) {
        Object.assign(this, { userId, socket, polling, timeline, sync: new Sync({ timeline, socket, clock }) });
        Object.assign(this, { condition: new Condition({ socket, clock, hasNetwork }), unsent: null, isOurs: false, isCurrent: false });
        Object.assign(this, { onState: () => {}, onOpen: () => {}, onCurrent: () => {}, onEvent: () => {}, onReset: () => {} });
        socket.onState = state => this.#socketIs(state);
        socket.onFrame = frame => this.#frames[frame.type]?.(frame);
        socket.onGivenUp = () => this.polling.start();
        socket.pulse.onChange = this.condition.onChange = () => this.tell();
        const command = frame => this.condition.watch('post', web.command(frame));
        this.posting = new Posting({ command, onAnswer: answer => this.unsent.answer(answer), mayGoOn: error => this.#refused(error) });
        polling.watch = request => this.condition.watch('poll', request);
        polling.onPage = page => this.#polled(page);
        web.onRefused = polling.onFailure = error => this.#refused(error);
    }

    get isEnded() {
        return ENDED.has(this.socket.state);
    }

    open() {
        if (this.socket.state === 'stopped') {
            this.socket.start();
        }
    }

    pause() {
        this.socket.stop();
    }

    wake() {
        this.socket.wake();
        this.polling.wake();
    }

    // The network is there again, or another one. What is being posted may hang: it goes again after the next answer.
    renew() {
        this.isOurs = false;
        this.socket.renew();
        this.polling.renew();
    }

    // The session is over, whoever has heard it.
    end(state) {
        this.socket.stop(state);
    }

    tell() {
        this.onState(this.condition.state);
    }

    // Returns whether the frame is on its way. Its answer comes to `unsent.answer(frame)`, whichever road it takes.
    carry(frame) {
        return this.socket.send(frame) || (this.polling.isRunning && this.isOurs && this.posting.carry(frame));
    }

    #frames = {
        // Types come from outside: one called "constructor" is as unknown as any other.
        __proto__: null,
        welcome: frame => this.#welcome(frame),
        synced: frame => this.#settle(this.sync.answered(frame)),
        ack: frame => this.unsent.answer(frame),
        error: frame => (frame.ref ? this.unsent.answer(frame) : this.sync.refused(frame)),
        ...Object.fromEntries(['message', 'read', 'unread', 'mute'].map(type => [type, frame => this.#happened(frame)])),
        // No events of the feed: they have no place there to be taken from.
        ...Object.fromEntries(['delivered', 'typing', 'presence'].map(type => [type, frame => this.onEvent(frame)])),
    };

    #socketIs(state) {
        if (state !== 'online') {
            this.sync.stop();
        }
        if (state === 'online' || state === 'stopped' || this.isEnded) {
            this.polling.stop();
            this.condition.reset();
            // Nothing is posted before an answer has shown whose session this browser now has.
            this.isOurs = false;
        } else {
            this.polling.startSoon();
        }
        this.tell();
    }

    #welcome(frame) {
        if (!this.#isSomebodyElses(frame)) {
            this.sync.start(frame);
            this.#opened();
            this.#settle({ more: this.timeline.question !== null });
        }
    }

    #opened() {
        this.isCurrent = false;
        this.onOpen();
    }

    // Somebody else has logged in in this browser: nothing of theirs belongs on this page, nor the other way round.
    #isSomebodyElses({ user_id: userId }) {
        const isTheirs = userId !== this.userId;
        isTheirs && this.end('stale');
        return isTheirs;
    }

    #settle(outcome) {
        if (outcome.reset) {
            this.onReset();
        } else if (!outcome.more && !this.isCurrent) {
            this.isCurrent = true;
            this.onCurrent();
        }
        return outcome.more === true;
    }

    #happened(event) {
        const isNew = this.timeline.take(event);
        (isNew || event.ref) && this.onEvent(event);
        if (event.type === 'message' && event.ref) {
            this.unsent.answer(event);
        }
    }

    #polled(page) {
        if (this.#isSomebodyElses(page)) {
            return false;
        }
        if (!this.isOurs) {
            this.isOurs = true;
            this.#opened();
        }
        page.events.forEach(event => this.#frames[event.type]?.(event));
        return this.#settle(this.timeline.page(page));
    }

    // Returns whether it makes sense to ask again.
    #refused({ error }) {
        const state = REFUSALS[error?.code];
        state && this.end(state);
        return !this.isEnded;
    }
}
