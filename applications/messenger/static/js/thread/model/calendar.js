// The days and times of a thread, as the reader's own clock and language have them.
import { written } from '../../shown/formats.js';

export class Calendar {
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
        return [this.texts.today, this.texts.yesterday][daysAgo] ?? written(moment, form, this.locale);
    }

    time(iso) {
        return written(new Date(iso), 'time', this.locale);
    }

    full(iso) {
        return written(new Date(iso), 'full', this.locale);
    }
}

function key(moment) {
    const digits = number => String(number).padStart(2, '0');
    return `${moment.getFullYear()}-${digits(moment.getMonth() + 1)}-${digits(moment.getDate())}`;
}
