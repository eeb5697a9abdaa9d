// Who is typing where: told of oneself, and believed of others, for some seconds at a time. DESIGN 6.1 has the figures.
import { Timers } from '../../wire/clock.js';

// The server passes on one in three seconds, as they reach it: one said just then, and quicker on its way than the last, would be lost.
const SAY_SECONDS = 4;
const SHOWN_SECONDS = 6;

export class Typing {
    #saidAt = -Infinity;

    // `say(frame)` returns whether the frame is on its way; `onChange()` is called when somebody else begins or ends.
    constructor({ clock, say, onChange }) {
        Object.assign(this, { clock, say, onChange, timers: new Timers(clock) });
    }

    // One's own text in the one conversation of the page has changed.
    wrote(conversation, content) {
        const now = this.clock.now();
        if (conversation && content.trim() && now - this.#saidAt >= SAY_SECONDS && this.say({ type: 'typing', conversation })) {
            this.#saidAt = now;
        }
    }

    // A frame of the line. Whoever has written has ended.
    hear({ type, conversation, user_id: person, sender_id: sender }) {
        if (type === 'typing') {
            const isNew = !this.isTyping(conversation, person);
            this.timers.set(nameOf(conversation, person), SHOWN_SECONDS, this.onChange);
            isNew && this.onChange();
        } else if (type === 'message' && this.isTyping(conversation, sender)) {
            this.timers.cancel(nameOf(conversation, sender));
            this.onChange();
        }
    }

    isTyping(conversation, person) {
        return this.timers.has(nameOf(conversation, person));
    }
}

function nameOf(conversation, person) {
    return `${conversation} ${person}`;
}
