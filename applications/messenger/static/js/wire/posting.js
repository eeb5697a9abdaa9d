// Single commands over HTTP, for as long as there is no socket. Their answers come back as the socket's would.
import { Refused } from './web.js';

export class Posting {
    // `command(frame)` posts one; `onAnswer(frame)` takes the answers; `mayGoOn(error)` says whether to go on after a failure.
    constructor({ command, onAnswer, mayGoOn }) {
        Object.assign(this, { command, onAnswer, mayGoOn });
    }

    carry(frame) {
        this.command(frame).then(
            answer => this.onAnswer({ ...answer, ref: frame.ref }),
            error => this.#failed(frame, error));
        return true;
    }

    #failed(frame, error) {
        if (this.mayGoOn(error)) {
            const answer = error instanceof Refused ? error.error : { type: 'error', code: 'busy' };
            this.onAnswer({ ...answer, ref: frame.ref });
        }
    }
}
