// Stand-ins for what the modules are given: a clock that is moved by hand, a WebSocket without a network.

export class PretendClock {
    #now = 1000;
    #waiting = [];

    now = () => this.#now;

    after(seconds, call) {
        const timer = { at: this.#now + seconds, call };
        this.#waiting.push(timer);
        return () => {
            this.#waiting = this.#waiting.filter(other => other !== timer);
        };
    }

    // Let `seconds` pass, calling what falls due, in order.
    pass(seconds) {
        const end = this.#now + seconds;
        for (;;) {
            const due = this.#waiting.filter(timer => timer.at <= end).sort((one, other) => one.at - other.at)[0];
            if (!due) {
                break;
            }
            this.#waiting = this.#waiting.filter(other => other !== due);
            this.#now = Math.max(this.#now, due.at);
            due.call();
        }
        this.#now = end;
    }

    // Let `seconds` pass without anything being called, as a machine that sleeps does; what is due is called with the next pass().
    jump(seconds) {
        this.#now += seconds;
    }

    get waiting() {
        return this.#waiting.length;
    }
}

export class PretendSocket {
    static opened = [];
    readyState = 1;
    sent = [];
    isClosed = false;

    constructor() {
        PretendSocket.opened.push(this);
    }

    static get last() {
        return PretendSocket.opened.at(-1);
    }

    send(text) {
        this.sent.push(JSON.parse(text));
    }

    close() {
        this.isClosed = true;
    }

    push(frame) {
        this.onmessage({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
    }

    end(code) {
        this.readyState = 3;
        this.onclose({ code });
    }
}

// Let promises that are already settled be noticed.
export async function settle() {
    for (let turn = 0; turn < 10; turn += 1) {
        await null;
    }
}

// What the tabs of one browser share: storage, of whose changes all other tabs hear, and locks.
export class PretendBrowser {
    held = new Map();
    #views = [];
    #locks = new Map();

    // The storage as one tab has it; `hear(event)` is called when another one has changed it.
    storage(hear = () => {}) {
        const view = {
            hear,
            getItem: key => this.held.get(key) ?? null,
            setItem: (key, value) => this.#store(view, key, String(value)),
            removeItem: key => this.#store(view, key, null),
            key: index => Array.from(this.held.keys())[index] ?? null,
        };
        Object.defineProperty(view, 'length', { get: () => this.held.size });
        this.#views.push(view);
        return view;
    }

    locks = {
        query: async () => ({
            held: Array.from(this.#locks).filter(([, queue]) => queue[0]?.isHeld).map(([name]) => ({ name })),
        }),
        request: (name, { signal }, hold) => new Promise((resolve, reject) => {
            const wish = { hold, resolve };
            const queue = this.#locks.get(name) ?? [];
            this.#locks.set(name, queue);
            queue.push(wish);
            signal.addEventListener('abort', () => {
                if (!wish.isHeld) {
                    queue.splice(queue.indexOf(wish), 1);
                    reject(new Error('AbortError'));
                }
            });
            if (queue[0] === wish) {
                this.#grant(queue);
            }
        }),
    };

    #store(from, key, newValue) {
        if (newValue === null) {
            this.held.delete(key);
        } else {
            this.held.set(key, newValue);
        }
        this.#views.filter(view => view !== from).forEach(view => view.hear({ key, newValue }));
    }

    async #grant(queue) {
        await null;
        const [wish] = queue;
        if (wish && !wish.isHeld) {
            wish.isHeld = true;
            wish.resolve(await wish.hold());
            queue.shift();
            this.#grant(queue);
        }
    }
}

// A Tab that is alone.
export const onlyTab = { id: 'tab', enter() {}, leave() {}, follow() {}, sendsFor: id => id === 'tab' };
