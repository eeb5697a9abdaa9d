// Times as the reader's own clock and language have them; the wire and the server's pages speak UTC.
import { written } from './formats.js';

const SHOWN_AS_WEEKDAY_MILLISECONDS = 6 * 24 * 3600 * 1000;

// The page's language, in the way of the reader's country where they speak it: an English page shows 14:05 to a Briton.
export function localeOf(pageLanguage, languages) {
    const spoken = language => language.toLowerCase().split('-')[0];
    return languages.find(language => spoken(language) === spoken(pageLanguage)) ?? pageLanguage;
}

export function localTime(iso, locale, now = new Date()) {
    return format(iso, locale, moment => (isSameDay(moment, now) ? 'time' : 'dateAndTime'));
}

// For a list: the time today, the day of the week for six days, then the date.
export function shortTime(iso, locale, now = new Date()) {
    return format(iso, locale, moment => {
        if (isSameDay(moment, now)) {
            return 'time';
        }
        const isRecent = moment < now && now - moment < SHOWN_AS_WEEKDAY_MILLISECONDS;
        return isRecent ? 'weekday' : 'shortDate';
    });
}

// When somebody was here last: `day` says which sentence it goes into, today, yesterday or date.
export function lastSeen(iso, locale, now = new Date()) {
    const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    const day = ['today', 'yesterday'].find((_, index) => isSameDay(new Date(iso), [now, yesterday][index])) ?? 'date';
    return { day, text: format(iso, locale, () => (day === 'date' ? 'date' : 'time')) };
}

// In full, for whoever points at a shorter one.
export function fullTime(iso, locale) {
    return format(iso, locale, () => 'full');
}

function isSameDay(one, other) {
    return one.toDateString() === other.toDateString();
}

function format(iso, locale, formOf) {
    const moment = new Date(iso);
    return Number.isNaN(moment.getTime()) ? '' : written(moment, formOf(moment), locale);
}
