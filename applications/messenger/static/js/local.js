// Shows the times of a page that is otherwise not live on the reader's own clock.
import { localeOf, localTime } from './times.js';

const locale = localeOf(document.documentElement.lang, navigator.languages);
for (const time of document.querySelectorAll('time[datetime]')) {
    time.textContent = localTime(time.dateTime, locale) || time.textContent;
}
