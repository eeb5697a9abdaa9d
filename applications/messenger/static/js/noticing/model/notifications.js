// The browser's own notifications: one for each conversation, from one tab for all, while somebody looks at none of them.
// Must not live here: the page, and whether somebody has allowed them.
import { inOneLine } from '../../shown/lines.js';

const SHOWN_CHARACTERS = 200;

export class Notifications {
    #shown = new Map();
    #isOver = false;

    // `make(title, options)` shows one and may return nothing; `open(row)` goes to a conversation; `options` are for all of them;
    // `play()` makes a sound.
    constructor({ tabs, make, open, options, play }) {
        Object.assign(this, { tabs, make, open, options, play });
    }

    // There is news of these rows of conversations.json.
    async tell(rows) {
        const looking = rows.length && this.tabs.isLeader && await this.tabs.looking();
        if (this.#isOver) {
            return;
        }
        if (looking && rows.some(({ user_id: person }) => !looking.includes(String(person)))) {
            this.play();
        }
        if (looking && !looking.length) {
            rows.forEach(row => this.#show(row));
        }
    }

    // Take back what has been read meanwhile, here or on another device.
    learn(rows) {
        rows.filter(row => !row.unread).forEach(({ conversation }) => {
            this.#shown.get(conversation)?.close();
            this.#shown.delete(conversation);
        });
    }

    // Whoever they were for is no longer here.
    takeBack() {
        this.#isOver = true;
        this.#shown.forEach(shown => shown.close());
        this.#shown.clear();
    }

    #show(row) {
        const shown = this.make(row.name, {
            ...this.options, body: inOneLine(row.last.content, SHOWN_CHARACTERS), tag: `messenger ${row.conversation}`,
        });
        if (shown) {
            this.#shown.set(row.conversation, shown);
            shown.onclick = () => {
                shown.close();
                this.open(row);
            };
        }
    }
}
