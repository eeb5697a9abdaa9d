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
