// The field at the top of the conversations: what is found appears below it while somebody types, in the place of the list. A combobox
// with a list of links: the keyboard moves through them without leaving the field. Whatever people wrote goes in as text.
import { chatAddress } from '../wire/address.js';
import { avatar } from './avatar.js';
import { clock } from '../wire/clock.js';
import { isComposing } from '../browser/composing.js';
import { Finding, groupsOf, stepOf } from './model/finding.js';
import { countedBy } from '../shown/plural.js';
import { fullTime, shortTime } from '../shown/times.js';

const LIMIT = 10;

export function openFinder(form, live) {
    const finder = new Finder(form, live);
    const finding = new Finding({
        clock, ask: (typed, signal) => live.web.search({ q: typed, limit: LIMIT }, signal), show: (typed, found) => finder.show(typed, found),
    });
    finder.field.addEventListener('input', () => finding.type(finder.field.value));
    finder.onCleared = () => finding.type('');
}

class Finder {
    #found = null;
    #index = -1;

    constructor(form, live) {
        Object.assign(this, {
            form, live, field: form.elements.q, box: form.querySelector('[role=listbox]'), said: form.querySelector('[role=status]'),
            many: countedBy(form.dataset.textMany, document.documentElement.lang), pane: form.closest('.pane'),
        });
        const attributes = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': this.box.id, 'aria-expanded': 'false' };
        Object.entries(attributes).forEach(attribute => this.field.setAttribute(...attribute));
        this.field.addEventListener('keydown', event => !isComposing(event) && this.#press(event));
    }

    // What is found takes its time; until then what was found before stays, and conversations are there at once.
    show(typed, found) {
        this.#found = typed ? found ?? this.#found : null;
        const groups = groupsOf(typed, this.#near(), this.#found);
        this.#choose(-1);
        this.box.replaceChildren(...typed ? [
            ...this.#group(this.form.dataset.textConversations, groups.conversations.map(one => this.#person(one))),
            ...this.#group(this.form.dataset.textPeople, groups.people.map(one => this.#person(one))),
            ...this.#group(this.form.dataset.textMessages, [...groups.messages.map(one => this.#message(one)), ...this.#further(typed)]),
        ] : []);
        this.options.forEach((option, number) => Object.assign(option, { id: `found-${number}`, tabIndex: -1 }).setAttribute('role', 'option'));
        this.pane.classList.toggle('pane--finding', typed !== '');
        this.box.hidden = !this.options.length;
        this.field.setAttribute('aria-expanded', String(!this.box.hidden));
        this.#say(typed, found, Object.values(groups).flat().length);
    }

    get options() {
        return Array.from(this.box.querySelectorAll('.hit'));
    }

    #press(event) {
        const step = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey
            ? undefined : stepOf(event.key, this.#index, this.options.length);
        if (step !== undefined) {
            this.#choose(step);
        } else if (event.key === 'Enter' && this.#index >= 0) {
            this.options[this.#index].click();
        } else if (event.key === 'Escape' && this.field.value) {
            this.field.value = '';
            this.onCleared();
        } else {
            return;
        }
        event.preventDefault();
    }

    #choose(index) {
        this.#index = index;
        this.options.forEach((option, number) => option.setAttribute('aria-selected', String(number === index)));
        const chosen = this.options[index];
        this.field.setAttribute('aria-activedescendant', chosen?.id ?? '');
        chosen?.scrollIntoView({ block: 'nearest' });
    }

    #near() {
        return Array.from(this.pane.querySelectorAll('.conversation'), row => (
            { id: Number(row.dataset.userId), name: row.querySelector('.conversation__name bdi')?.textContent ?? '' })).filter(({ name }) => name);
    }

    #group(title, options) {
        const heading = made('div', 'finder__group', title);
        heading.setAttribute('aria-hidden', 'true');
        const group = made('div', '', '');
        group.setAttribute('role', 'group');
        group.setAttribute('aria-label', title);
        group.append(heading, ...options);
        return options.length ? [group] : [];
    }

    #person({ id, name }) {
        return link(chatAddress(this.live.dataset.chatUrl, id), avatar(id, name), this.#name(id, name));
    }

    #message({ with_id: id, with_name: name, conversation, number, timestamp, sender_id: sender, excerpt }) {
        const { locale, userId, dataset } = this.live;
        const address = new URL(chatAddress(dataset.chatUrl, id, conversation), location);
        address.searchParams.set('at', number);
        address.hash = `message-${Number(number)}`;
        const time = made('time', 'hit__time', shortTime(timestamp, locale));
        Object.assign(time, { dateTime: timestamp, title: fullTime(timestamp, locale) });
        time.dataset.short = '';
        const text = made('span', 'hit__text', ''), said = made('bdi', '', '');
        said.append(...excerpt.map((part, place) => (place % 2 ? made('mark', '', part) : part)));
        text.append(...sender === userId && id !== userId ? [made('span', '', this.form.dataset.textYou), ' '] : [], said);
        return link(address, avatar(id, name), this.#name(id, name), time, text);
    }

    #name(id, name) {
        const shown = made('span', 'hit__name', name ? '' : this.live.dataset.textFormerMember);
        if (name) {
            shown.append(made('bdi', '', name), ' ', made('span', 'number', `#${id}`));
        }
        return shown;
    }

    #further(typed) {
        const address = new URL(this.form.action);
        address.searchParams.set('q', typed);
        const said = this.#found?.partial ? [made('span', 'hit__more', this.form.dataset.textPartial)] : [];
        return this.#found?.more ? [link(address, ...said, made('span', 'hit__more', this.form.dataset.textFurther))] : [];
    }

    #say(typed, found, count) {
        const nothing = found?.partial ? '' : this.form.dataset.textNothing.replace('%s', () => typed);
        const result = [count ? this.many(count) : nothing, found?.partial ? this.form.dataset.textPartial : ''].filter(Boolean).join(' ');
        this.said.textContent = !typed || found === null ? '' : found === false ? this.form.dataset.textFailed : result;
    }
}

function link(address, ...parts) {
    const anchor = made('a', 'hit', '');
    anchor.href = address;
    anchor.append(...parts.flatMap(part => [part, ' ']));
    return anchor;
}

function made(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
}
