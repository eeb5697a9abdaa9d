// The letters on the page of the inbox: which of them wait to be read, and putting new ones on top.
import { fullTime, localTime } from '../shown/times.js';

export class Letters {
    // `texts` are what the badge and the button of a letter say.
    constructor({ list, locale, texts }) {
        Object.assign(this, { list, locale, texts });
    }

    get ids() {
        return this.#items.map(item => Number(item.dataset.id));
    }

    // A conversation has been read up to `number`, which also takes its mark off.
    read({ conversation, number }) {
        this.#of(conversation).filter(item => Number(item.dataset.number) <= number).forEach(item => this.#show(item, ''));
    }

    // All of these have been read.
    readAll(ids) {
        this.#items.filter(item => ids.includes(Number(item.dataset.id))).forEach(item => this.#show(item, ''));
    }

    // A conversation was marked as unread: its newest letter says so, unless it is unread anyway.
    mark({ conversation, marked_unread: isMarked }) {
        const [newest] = this.#of(conversation);
        if (newest && newest.dataset.waits !== 'unread') {
            this.#show(newest, isMarked ? 'marked' : '');
        }
    }

    // Put those letters of a newer page on top that aren't here; returns the first, and null where the two have none in common.
    add(newer) {
        const here = new Set(this.ids);
        const items = Array.from(newer.children);
        const news = items.filter(item => !here.has(Number(item.dataset.id)));
        if (news.length === items.length) {
            return null;
        }
        news.forEach(item => item.querySelectorAll('time').forEach(time => {
            time.textContent = localTime(time.dateTime, this.locale);
            time.title = fullTime(time.dateTime, this.locale);
        }));
        this.list.prepend(...news);
        return this.list.firstElementChild;
    }

    get #items() {
        return Array.from(this.list.children);
    }

    #of(conversation) {
        return this.#items.filter(item => Number(item.dataset.conversation) === conversation);
    }

    #show(item, waits) {
        item.dataset.waits = waits;
        item.classList.toggle('letter--unread', waits !== '');
        const badge = item.querySelector('.badge');
        badge.hidden = !waits;
        badge.textContent = waits === 'marked' ? this.texts.marked : this.texts.unread;
        const button = item.querySelector('.letter__mark');
        if (button) {
            button.name = waits ? 'read' : 'unread';
            [button.textContent, button.title] = waits ? [this.texts.read, this.texts.readTitle] : [this.texts.mark, this.texts.markTitle];
        }
    }
}
