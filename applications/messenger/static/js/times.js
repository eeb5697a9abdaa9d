// Times as the reader's own clock and language have them; the wire and the server's pages speak UTC.

// The page's language, in the way of the reader's country where they speak it: an English page shows 14:05 to a Briton.
export function localeOf(pageLanguage, languages) {
    const spoken = language => language.toLowerCase().split('-')[0];
    return languages.find(language => spoken(language) === spoken(pageLanguage)) ?? pageLanguage;
}

export function localTime(iso, locale, now = new Date()) {
    const moment = new Date(iso);
    if (Number.isNaN(moment.getTime())) {
        return '';
    }
    const isToday = moment.toDateString() === now.toDateString();
    const options = isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
    return formatter(locale, options).format(moment);
}

function formatter(locale, options) {
    try {
        return new Intl.DateTimeFormat(locale || undefined, options);
    } catch {
        // A page may say lang="C" or worse.
        return new Intl.DateTimeFormat(undefined, options);
    }
}
