// How long to wait before the next attempt: twice as long each time, with full jitter, so that a thousand pages don't come back at once.

export class Backoff {
    #attempts = 0;

    constructor({ first = 0.5, longest = 30, random = Math.random } = {}) {
        Object.assign(this, { first, longest, random });
    }

    next() {
        const most = Math.min(this.longest, this.first * 2 ** this.#attempts);
        this.#attempts += 1;
        return this.random() * most;
    }

    reset() {
        this.#attempts = 0;
    }
}
