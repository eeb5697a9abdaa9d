// What is said to those who hear the page: who has written what, and what has become of what one has written oneself. The list itself is silent:
// older messages that come in above, and buttons, would be read out with it.
import { inOneLine } from '../../shown/lines.js';
import { Timers } from '../../wire/clock.js';

const PAUSE_SECONDS = 0.5;      // what comes together is told together
const MOST = 3;                 // of more only the number is told
const LONGEST = 300;

export class Announcements {
    #arrived = [];
    #state = null;
    #unseen = 0;

    // `say(text)` waits for what is being said, `warn(text)` doesn't. `texts`: sent, read, failed; `many(count)` is the sentence for more messages than are read out.
    constructor({ say, warn, texts, many, clock }) {
        Object.assign(this, { say, warn, texts, many, timers: new Timers(clock) });
    }

    arrived({ name, content }) {
        this.#arrived.push(`${name}: ${shortened(content)}`);
        this.#later();
    }

    // The server has stored what this page has sent.
    sent(number) {
        this.#unseen = Math.max(this.#unseen, number);
        this.#becomes('sent');
    }

    // The other member has read up to `number`.
    seen(number) {
        if (this.#unseen && this.#unseen <= number) {
            this.#unseen = 0;
            this.#becomes('read');
        }
    }

    failed() {
        this.warn(this.texts.failed);
    }

    // Numbers start over after a reset.
    forget() {
        this.#unseen = 0;
    }

    #becomes(state) {
        this.#state = state;
        this.#later();
    }

    #later() {
        if (!this.timers.has('say')) {
            this.timers.set('say', PAUSE_SECONDS, () => this.#tell());
        }
    }

    #tell() {
        const arrived = this.#arrived.splice(0);
        const sentences = arrived.length > MOST ? [this.many(arrived.length)] : arrived;
        [...sentences, this.texts[this.#state]].filter(Boolean).forEach(sentence => this.say(sentence));
        this.#state = null;
    }
}

function shortened(content) {
    const said = inOneLine(content, LONGEST + 1);
    return Array.from(said).length > LONGEST ? `${inOneLine(said, LONGEST)} …` : said;
}
