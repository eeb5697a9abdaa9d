// The live inbox. What arrives is announced, not inserted: nothing that is being read moves until its reader asks for it.
import { Fresh } from './model/fresh.js';
import { Letters } from './letters.js';
import { countedBy } from '../shown/plural.js';

export function openInbox(page, live) {
    const { dataset } = page;
    const list = page.querySelector('.inbox');
    const letters = new Letters({
        list, locale: live.locale,
        texts: {
            unread: dataset.textUnread, marked: dataset.textMarked, read: dataset.textRead, readTitle: dataset.titleRead,
            mark: dataset.textMark, markTitle: dataset.titleMark,
        },
    });
    const fresh = new Fresh({ userId: live.userId, onlyWaiting: dataset.onlyWaiting === '1' });
    const news = new News({ page, letters, fresh, sentence: countedBy(dataset.textNew, document.documentElement.lang) });
    live.listen({
        onEvent: event => {
            fresh.hear(event);
            if (event.user_id === live.userId) {
                event.type === 'read' && letters.read(event);
                event.type === 'unread' && letters.mark(event);
            }
            news.tell();
        },
    });
    list.addEventListener('click', event => mark(event, live.line, letters));
}

// Set a mark without leaving the page; where there is no line, the button posts its form.
function mark(event, line, letters) {
    const button = event.target.closest('.letter__mark');
    const [, conversation, number] = button?.value.split('.').map(Number) ?? [];
    if (button?.name === 'read' && line.carry({ type: 'read', conversation, number })) {
        event.preventDefault();
        letters.read({ conversation, number });
    } else if (button?.name === 'unread' && line.carry({ type: 'unread', conversation })) {
        event.preventDefault();
        letters.mark({ conversation, marked_unread: true });
    }
}

// The line that says how much is new, and what it leads to.
class News {
    constructor({ page, letters, fresh, sentence }) {
        Object.assign(this, { letters, fresh, sentence, line: page.querySelector('.fresh') });
        this.link = this.line.querySelector('a');
        this.link.addEventListener('click', event => this.#show(event));
    }

    tell() {
        this.fresh.seen(this.letters.ids);
        const text = this.fresh.count ? this.sentence(this.fresh.count) : '';
        if (this.link.textContent !== text) {
            this.link.textContent = text;
            this.line.classList.toggle('fresh--empty', !text);
        }
    }

    // Fetch the page that the link leads to, and take what is new from it: what is being written in an answer stays.
    async #show(event) {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
            event.preventDefault();
            const first = await this.#fetch().catch(() => null);
            first ? this.#lead(first) : location.assign(this.link.href);
        }
    }

    async #fetch() {
        const answer = await fetch(this.link.href, { cache: 'no-store', signal: AbortSignal.timeout(20_000) });
        const newer = new DOMParser().parseFromString(await answer.text(), 'text/html');
        for (const name of ['_formkey', 'ref']) {
            newer.querySelectorAll(`#answers [name=${name}], #letter-marks [name=${name}]`).forEach(field => {
                document.querySelector(`#${field.form.id} [name=${name}]`).value = field.value;
            });
        }
        return this.letters.add(newer.querySelector('.inbox'));
    }

    #lead(first) {
        this.tell();
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
        first.scrollIntoView({ block: 'start' });
    }
}
