// The days and times of a thread, as the reader's own clock and language have them.

const FORMS = {
    time: { timeStyle: 'short' },
    full: { dateStyle: 'full', timeStyle: 'short' },
    day: { weekday: 'long', day: 'numeric', month: 'long' },
    dayOfAnotherYear: { day: 'numeric', month: 'long', year: 'numeric' },
};

export class Calendar {
    #formatters = new Map();

    // `texts` are the words for today and yesterday, `now()` is a Date.
    constructor({ locale, texts, now = () => new Date() }) {
        Object.assign(this, { locale, texts, now });
    }

    get today() {
        return key(this.now());
    }

    // The day of the reader's in which `iso` lies, 2026-11-23.
    dayOf = iso => key(new Date(iso));

    nameOf(iso) {
        const [now, moment] = [this.now(), new Date(iso)];
        const daysAgo = [0, 1].find(days => key(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days)) === key(moment));
        const form = moment.getFullYear() === now.getFullYear() ? 'day' : 'dayOfAnotherYear';
        return [this.texts.today, this.texts.yesterday][daysAgo] ?? this.#format(form, moment);
    }

    time(iso) {
        return this.#format('time', new Date(iso));
    }

    full(iso) {
        return this.#format('full', new Date(iso));
    }

    // Each knows the zone it was made in, and none other.
    forget() {
        this.#formatters.clear();
    }

    // To make a formatter takes longer than all that is done with it.
    #format(form, moment) {
        if (!this.#formatters.has(form)) {
            this.#formatters.set(form, formatter(this.locale, FORMS[form]));
        }
        return this.#formatters.get(form).format(moment);
    }
}

function key(moment) {
    const digits = number => String(number).padStart(2, '0');
    return `${moment.getFullYear()}-${digits(moment.getMonth() + 1)}-${digits(moment.getDate())}`;
}

function formatter(locale, options) {
    try {
        return new Intl.DateTimeFormat(locale || undefined, options);
    } catch {
        // A page may say lang="C" or worse.
        return new Intl.DateTimeFormat(undefined, options);
    }
}
