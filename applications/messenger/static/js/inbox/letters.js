// The letters on the page of the inbox: which of them wait to be read, and putting new ones on top.
import { fullTime, localTime } from '../shown/times.js';

export class Letters {
    // `texts` are what the badge and the button of a letter say.
    constructor({ list, locale, texts }) {
        Object.assign(this, { list, locale, texts, frames: [] });
    }

    get ids() {
        return this.#items.map(item => Number(item.dataset.id));
    }

    // A conversation has been read up to `number`, which also takes its mark off.
    read({ conversation, number }) {
        this.#of(conversation).filter(item => Number(item.dataset.number) <= number).forEach(item => this.#learn(item, ''));
    }

    // All of these have been read.
    readAll(ids) {
        this.#items.filter(item => ids.includes(Number(item.dataset.id))).forEach(item => this.#learn(item, ''));
    }

    // A conversation was marked as unread: its newest letter says so, unless it is unread anyway.
    mark({ conversation, marked_unread: isMarked }) {
        const [newest] = this.#of(conversation);
        if (newest && newest.dataset.waits !== 'unread') {
            this.#learn(newest, isMarked ? 'marked' : '');
        }
    }

    // What was done and the server doesn't know yet, as it is sent.
    foresee(frames) {
        this.frames = frames;
        this.#items.forEach(item => this.#show(item));
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
        this.foresee(this.frames);
        return this.list.firstElementChild;
    }

    get #items() {
        return Array.from(this.list.children);
    }

    #of(conversation) {
        return this.#items.filter(item => Number(item.dataset.conversation) === conversation);
    }

    #learn(item, waits) {
        item.dataset.waits = waits;
        this.#show(item);
    }

    #foreseen({ dataset }) {
        const conversation = Number(dataset.conversation);
        const { type, number } = this.frames.find(frame => frame.type !== 'mute' && frame.conversation === conversation) ?? {};
        const isNewest = this.#of(conversation)[0]?.dataset === dataset;
        const isMarked = type === 'unread' && isNewest && dataset.waits !== 'unread';
        return type === 'read' && Number(dataset.number) <= number ? '' : isMarked ? 'marked' : dataset.waits;
    }

    #show(item) {
        const waits = this.#foreseen(item);
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
