// How moments are written, in a language and on the reader's own clock. To make a formatter takes longer than all that is done with it.

const FORMS = {
    time: { timeStyle: 'short' },
    date: { dateStyle: 'medium' },
    dateAndTime: { dateStyle: 'medium', timeStyle: 'short' },
    shortDate: { dateStyle: 'short' },
    weekday: { weekday: 'short' },
    full: { dateStyle: 'full', timeStyle: 'short' },
    day: { weekday: 'long', day: 'numeric', month: 'long' },
    dayOfAnotherYear: { day: 'numeric', month: 'long', year: 'numeric' },
};

const formatters = new Map();

// Return a Date in one of the forms above.
export function written(moment, form, locale) {
    const key = `${form} ${locale}`;
    if (!formatters.has(key)) {
        formatters.set(key, formatter(locale, FORMS[form]));
    }
    return formatters.get(key).format(moment);
}

// The reader is in another time zone: each formatter knows the one it was made in, and none other.
export function forgetZone() {
    formatters.clear();
}

function formatter(locale, options) {
    try {
        return new Intl.DateTimeFormat(locale || undefined, options);
    } catch {
        // A page may say lang="C" or worse.
        return new Intl.DateTimeFormat(undefined, options);
    }
}
