// The live inbox. What arrives is announced, not inserted: nothing that is being read moves until its reader asks for it.
import { fetched, openAllMarks } from './fetched.js';
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
        onStart: () => letters.foresee(live.lane.frames),
        onVerb: ({ frame, state }) => {
            if (state === 'done') {
                frame.type === 'read' && letters.read(frame);
                frame.type === 'unread' && letters.mark({ ...frame, marked_unread: true });
            }
            letters.foresee(live.lane.frames);
        },
        onEvent: event => {
            fresh.hear(event);
            if (event.user_id === live.userId) {
                event.type === 'read' && letters.read(event);
                event.type === 'unread' && letters.mark(event);
            }
            news.tell();
        },
    });
    list.addEventListener('click', event => mark(event, live));
    openAllMarks(letters);
}

// Set a mark without leaving the page; where that can't be, the button posts its form.
function mark(event, live) {
    const button = event.target.closest('.letter__mark');
    const [, conversation, number] = button?.value.split('.').map(Number) ?? [];
    if (button && live.do(button.name === 'read' ? { type: 'read', conversation, number } : { type: 'unread', conversation })) {
        event.preventDefault();
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
            // The page may have ended meanwhile.
            first ? this.#lead(first) : this.link.isConnected && location.assign(this.link.href);
        }
    }

    async #fetch() {
        return this.letters.add((await fetched(this.link.href)).querySelector('.inbox'));
    }

    #lead(first) {
        this.tell();
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
        first.scrollIntoView({ block: 'start' });
    }
}
