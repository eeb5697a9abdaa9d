// What can truly be said of the line, from what its roads do. Lives here: which of two roads counts, and how long HTTP may take to answer.
// Must not live here: the sentences.
//
// Beyond the socket's own states: 'silent': it may be dead; 'slow': the server lets something wait; 'carried': there is no socket, and HTTP
// does its work; 'unanswered': no road is answered; 'offline': nor is there a network.
import { Timers } from './clock.js';

const ANSWER_SECONDS = 5;
// A post that failed goes again sooner than that, if it is still wanted.
const FAILED_SECONDS = 20;
const AWAY = new Set(['connecting', 'reconnecting', 'too-many']);
const PULSES = { silent: 'silent', slow: 'slow', well: 'online' };

export class Condition {
    #polls = null;
    #posts = null;
    #poll = null;
    #postsUntil = 0;
    #round = 0;
    #requests = 0;

    // `hasNetwork()` is what the browser thinks. It may be wrong both ways, so whatever answers counts for more.
    constructor({ socket, clock, hasNetwork = () => true }) {
        Object.assign(this, { socket, clock, hasNetwork, timers: new Timers(clock), onChange: () => {} });
    }

    get state() {
        const { state, pulse } = this.socket;
        if (state === 'online') {
            return PULSES[pulse.state];
        }
        return AWAY.has(state) ? this.#byHttp(state) : state;
    }

    // The socket is there, or everything is over: what HTTP did last says nothing any more.
    reset() {
        this.#round += 1;
        this.timers.cancelAll();
        this.#polls = this.#posts = null;
    }

    // A poll or a post is under way.
    async watch(kind, request) {
        const round = this.#round, name = `${kind} ${this.#requests += 1}`;
        // Of two polls the later one says how it is.
        const isOld = () => round !== this.#round || (kind === 'poll' && name !== this.#poll);
        const note = result => isOld() || this.#note(kind, result);
        this.#poll = kind === 'poll' ? name : this.#poll;
        this.timers.set(name, ANSWER_SECONDS, () => note('late'));
        try {
            const answer = await request;
            note('answered');
            return answer;
        } catch (error) {
            note(error.error ? 'answered' : 'failed');
            throw error;
        } finally {
            this.timers.cancel(name);
        }
    }

    #byHttp(state) {
        if (this.#polls === 'failed' || this.#polls === 'late') {
            return this.hasNetwork() ? 'unanswered' : 'offline';
        }
        if (this.#posts) {
            return this.#posts === 'failed' ? 'unanswered' : 'slow';
        }
        return this.#polls === 'answered' && state !== 'too-many' ? 'carried' : state;
    }

    #note(kind, result) {
        if (kind === 'poll') {
            this.#polls = result;
            this.#posts = this.clock.now() < this.#postsUntil ? this.#posts : null;
        } else {
            this.#posts = result === 'answered' ? null : result;
            this.#postsUntil = this.clock.now() + FAILED_SECONDS;
        }
        this.onChange();
    }
}
