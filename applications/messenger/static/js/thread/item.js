// One message on the page: its element, made, filled and filled again. Whatever people wrote goes in as text, never as markup.
import { isEmoji } from '../shown/emoji.js';
import { isLong, shownOf } from '../shown/lines.js';
import { partsOf } from '../shown/links.js';

export class Item {
    constructor(element, facts) {
        Object.assign(this, facts, { element });
    }

    // What the server has put on the page.
    static found(element) {
        const { id, number, seq, ref, sender } = element.dataset;
        return new Item(element, {
            id: Number(id), number: Number(number), seq: Number(seq), ref, sender,
            isOwn: element.classList.contains('message--own'), at: part(element, 'time').dateTime,
            said: part(element, 'state')?.dataset.state,
        });
    }

    static made(template, isOwn) {
        const element = template.content.firstElementChild.cloneNode(true);
        element.classList.add(`message--${isOwn ? 'own' : 'other'}`);
        return new Item(element, { isOwn });
    }

    write(name, content) {
        part(this.element, 'sender').firstElementChild.textContent = name;
        const place = part(this.element, 'content'), shown = shownOf(content);
        if (place.textContent !== shown) {
            place.replaceChildren(...partsOf(shown).map(({ text, href, title = '' }) => (href ? link(text, href, title) : text)));
            this.mark('emoji', isEmoji(content));
            this.#fold(place, isLong(shown));
        }
    }

    // It is on its way.
    wait({ ref, sender, at }) {
        Object.assign(this, { ref, sender, at });
        this.element.dataset.ref = ref;
    }

    // It is stored: the server knows it by these.
    store({ id, number, seq, ref = this.ref, timestamp }) {
        Object.assign(this, { id, number, seq, ref, at: timestamp });
        Object.assign(this.element.dataset, { id, number, seq }, ref && { ref });
    }

    // It is pending or failed, which `words` say, or neither.
    become(state, words) {
        this.isFailed = state === 'failed';
        this.isPending = state === 'pending';
        this.mark('pending', this.isPending);
        this.mark('failed', this.isFailed);
        this.element.querySelectorAll('button').forEach(button => button.remove());
        if (words) {
            part(this.element, 'time').textContent = words;
        }
    }

    tellTime(calendar) {
        const time = part(this.element, 'time');
        time.dateTime = this.at;
        time.textContent = calendar.time(this.at);
        time.title = calendar.full(this.at);
    }

    // `day` is the name of the day that it begins, `news` the line over what is new, if it does.
    stand({ startsDay, startsTurn, continues }, day, news) {
        this.startsDay = startsDay;
        this.mark('turn', startsTurn);
        this.mark('continues', continues);
        this.#line('new', news);
        this.#line('day', day);
    }

    mark(name, isSo) {
        this.element.classList.toggle(`message--${name}`, isSo);
    }

    // What has become of it; without words nothing is said.
    say(state, words) {
        part(this.element, 'state')?.remove();
        if (words) {
            const place = made('span', 'state', words);
            place.dataset.state = state;
            part(this.element, 'meta').append(place);
        }
    }

    offer(name, words, chosen) {
        const button = made('button', name, words);
        button.type = 'button';
        button.addEventListener('click', chosen);
        part(this.element, 'meta').append(button);
    }

    #fold(place, isFolded) {
        place.parentElement.classList.toggle('folding', isFolded);
        const fold = place.previousElementSibling;
        if (!isFolded) {
            fold?.remove();
        } else if (!fold) {
            place.before(document.getElementById('fold-template').content.cloneNode(true));
        }
    }

    #line(name, words) {
        const line = part(this.element, name);
        if (!words) {
            line?.remove();
        } else if (!line) {
            this.element.prepend(made('p', name, words));
        } else if (line.textContent !== words) {
            line.textContent = words;
        }
    }
}

function part(element, name) {
    return element.querySelector(`.message__${name}`);
}

function made(tag, name, words) {
    const element = document.createElement(tag);
    element.className = `message__${name}`;
    element.textContent = words;
    return element;
}

// Whoever is linked to learns neither whence, nor gets hold of the page; modules/messenger_web/shown.py makes the same of it.
function link(text, href, title) {
    const element = document.createElement('a');
    Object.assign(element, { href, textContent: text, rel: 'noopener noreferrer nofollow', target: '_blank', dir: 'ltr' }, title && { title });
    return element;
}
