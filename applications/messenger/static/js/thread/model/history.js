// The messages before those on the page. Lives here: when to ask for them, and asking again when it failed.
import { Backoff } from '../../wire/backoff.js';
import { Refused } from '../../wire/web.js';

export class History {
    #isLoading = false;
    #generation = 0;

    // `load(before)` fetches a page, `before` undefined for the newest; `show(messages)` puts it on the page,
    // `onLost()` is called when the conversation isn't there any more.
    constructor({ load, show, clock, hasMore }) {
        Object.assign(this, { load, show, clock, hasMore, onLost: () => {} });
    }

    // The reader has come near the first message on the page, whose number is `before`.
    async older(before) {
        if (!this.hasMore || this.#isLoading || !before) {
            return;
        }
        const generation = this.#generation;
        this.#isLoading = true;
        try {
            const page = await this.load(before);
            if (generation === this.#generation) {
                this.#came(page);
            }
        } catch {
            // The reader's next movement asks again.
        } finally {
            this.#isLoading = false;
        }
    }

    // All that is on the page may be wrong: fetch the newest until it works.
    async startOver(backoff = new Backoff()) {
        const generation = this.#generation += 1;
        this.hasMore = false;
        while (generation === this.#generation) {
            try {
                const page = await this.load();
                return generation === this.#generation && this.#came(page);
            } catch (error) {
                if (error instanceof Refused) {
                    return this.onLost();
                }
                await new Promise(resolve => this.clock.after(backoff.next(), resolve));
            }
        }
    }

    #came(page) {
        this.hasMore = page.more;
        this.show(page.messages);
    }
}
