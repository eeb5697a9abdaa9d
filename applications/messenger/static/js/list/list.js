// The list of conversations on the page: its rows filled and put in order. Whatever people wrote goes in as text, never as markup.
import { chatAddress } from '../wire/address.js';
import { avatar } from './avatar.js';
import { offer, showForeseen } from './foreseen.js';
import { inOneLine } from '../shown/lines.js';
import { fullTime, shortTime } from '../shown/times.js';

const SHOWN_CHARACTERS = 200;

export class ConversationList {
    #shown = new Map();

    // `texts.someUnread` is a function of a number; `chatUrl` the address of the chat with member 0, `hereId` the member whose thread is
    // beside the list; `onMark(frame)` returns whether a mark will be set, else the form is sent.
    constructor({ page, userId, hereId, locale, texts, chatUrl, onMark }) {
        Object.assign(this, { userId, hereId, locale, texts, chatUrl });
        this.rows = page.querySelector('.conversations');
        this.template = page.querySelector('#conversation-template');
        this.older = page.querySelector('a[rel=next]');
        this.people = document.querySelector('.people');
        this.empty = page.querySelector('.pane__empty');
        this.rows.addEventListener('click', event => {
            const button = event.target.closest('.conversation__mark');
            if (button && onMark(frameOf(button))) {
                event.preventDefault();
            }
        });
    }

    show({ conversations, more }) {
        this.#arrange(conversations.map(conversation => this.#row(conversation)));
        this.rows.hidden = !conversations.length;
        this.empty?.toggleAttribute('hidden', conversations.length > 0);
        this.#lead(more, conversations.at(-1));
        conversations.forEach(({ user_id: person }) => this.people?.querySelector(`[data-user-id="${Number(person)}"]`)?.remove());
    }

    // What was done and the server doesn't know yet, as it is sent. The next answer of the server is shown anew, whatever it says.
    foresee(frames) {
        for (const frame of frames) {
            const item = this.rows.querySelector(`[data-conversation="${Number(frame.conversation)}"]`);
            if (item) {
                this.#shown.delete(frame.conversation);
                showForeseen(item, frame, this.texts);
            }
        }
    }

    // A row that has the focus stays where it is, and the others move around it: it would lose the focus.
    #arrange(items) {
        const focused = items.find(item => item.contains(document.activeElement));
        let next = this.rows.firstElementChild;
        for (const item of items) {
            while (item === focused && next !== focused) {
                const row = next;
                next = row.nextElementSibling;
                row.remove();
            }
            if (item === next) {
                next = next.nextElementSibling;
            } else {
                this.rows.insertBefore(item, next);
            }
        }
        Array.from(this.rows.children).slice(items.length).forEach(row => row.remove());
    }

    #row(conversation) {
        const id = Number(conversation.conversation);
        const item = this.rows.querySelector(`[data-conversation="${id}"]`) ?? this.template.content.firstElementChild.cloneNode(true);
        const now = JSON.stringify(conversation);
        if (this.#shown.get(id) !== now) {
            this.#shown.set(id, now);
            Object.assign(item.dataset, { conversation: id, userId: conversation.user_id ?? '' });
            item.className = 'conversation';
            item.classList.toggle('conversation--unread', conversation.unread > 0 || conversation.marked_unread === true);
            item.classList.toggle('conversation--muted', conversation.muted === true);
            this.#fill(item.firstElementChild, conversation);
            this.#offer(item.lastElementChild, conversation);
        }
        return item;
    }

    #fill(link, conversation) {
        const { user_id: person, name, last } = conversation;
        link.href = chatAddress(this.chatUrl, person, conversation.conversation);
        person === this.hereId && link.setAttribute('aria-current', 'page');
        const time = made('time', 'conversation__time', shortTime(last.timestamp, this.locale));
        time.dateTime = last.timestamp;
        time.dataset.short = '';      // page.js tells it anew at midnight
        time.title = fullTime(last.timestamp, this.locale);
        const words = made('span', 'conversation__last', '');
        words.append(...this.#start(last, person));
        const badge = this.#badge(conversation);
        link.replaceChildren(avatar(person, name), ' ', this.#name(name, person), ' ', time, ' ', words,
            ...(conversation.muted ? [' ', made('span', 'conversation__muted', this.texts.muted)] : []),
            ...(badge ? [' ', made('span', 'badge', badge)] : []));
    }

    #offer(button, { conversation, unread, marked_unread: isMarked, last }) {
        button.value = conversation;
        button.dataset.number = last.number;
        offer(button, unread > 0 || isMarked === true, this.texts);
    }

    #name(name, person) {
        const shown = made('span', 'conversation__name', name ? '' : this.texts.formerMember);
        if (name) {
            shown.append(made('bdi', '', name), ' ', made('span', 'number', `#${person}`));
        }
        return shown;
    }

    #badge({ unread, marked_unread: isMarked }) {
        return unread ? this.texts.someUnread(unread) : isMarked && this.texts.unread;
    }

    // Each part runs in its own direction, so that it is its end that is cut off.
    #start({ sender_id: sender, content }, person) {
        const start = made('bdi', '', inOneLine(content, SHOWN_CHARACTERS));
        return sender === this.userId && person !== this.userId ? [made('span', '', this.texts.you), ' ', start] : [start];
    }

    #lead(more, last) {
        this.older.hidden = !more;
        if (more) {
            const address = new URL(this.older.href);
            address.searchParams.set('before', last.last.seq);
            this.older.href = address;
        }
    }
}

function frameOf({ name, value, dataset }) {
    const frame = { type: name, conversation: Number(value) };
    return name === 'read' ? { ...frame, number: Number(dataset.number) } : frame;
}

function made(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
}
