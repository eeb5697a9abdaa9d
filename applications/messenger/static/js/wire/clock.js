// The time of day and timers, in seconds. Handed to whoever waits, so that a test need not.

export const clock = {
    // Not performance.now(): that one may stand still while the machine sleeps, just when a connection dies.
    now: () => Date.now() / 1000,

    // Call once after `seconds`; returns the function that calls it off.
    after(seconds, call) {
        const timer = setTimeout(call, seconds * 1000);
        return () => clearTimeout(timer);
    },
};

// What one object waits for, each by a name: setting a name again calls the earlier one off.
export class Timers {
    #waiting = {};

    constructor(clock) {
        this.clock = clock;
    }

    set(name, seconds, call) {
        this.cancel(name);
        this.#waiting[name] = this.clock.after(seconds, () => {
            delete this.#waiting[name];
            call();
        });
    }

    has(name) {
        return name in this.#waiting;
    }

    cancel(name) {
        this.#waiting[name]?.();
        delete this.#waiting[name];
    }

    cancelAll() {
        Object.keys(this.#waiting).forEach(name => this.cancel(name));
    }
}
