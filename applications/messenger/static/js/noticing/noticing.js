// How the page makes itself noticed: a number in its title, a dot on its icon, notifications and a sound from one of the member's tabs.
import { chatAddress } from '../wire/address.js';
import { isWatched, watch } from '../browser/attention.js';
import { Shelf } from '../unsent/shelf.js';
import { clock } from '../wire/clock.js';
import { Notifications } from './model/notifications.js';
import { notify, Offer } from './offer.js';
import { newRef } from '../unsent/ref.js';
import { Refresh } from '../wire/refresh.js';
import { playSound } from './sound.js';
import { storage } from '../browser/storage.js';
import { Tabs } from '../unsent/tabs.js';
import { titled, Waiting } from './model/waiting.js';

const ROWS = 10;
const PLAIN = '/icon.svg', DOTTED = '/icon-unread.svg';

// `hereId` is the member whose thread is on the page, or 0; `hasList` whether the live list of conversations is.
export function openNoticing(live, { hereId, hasList }) {
    const { dataset, userId } = live;
    const waiting = new Waiting({ userId, seq: Number(dataset.seq), total: Number(dataset.unread) });
    const tabs = tabsOf(live, hereId);
    const notifications = notificationsOf(tabs, live, hereId);
    // What somebody has decided holds for the browser, whoever logs in in it.
    const shelf = new Shelf({ storage: storage(), kind: 'offer', home: dataset.commandUrl, userId: 'anybody' });
    const line = document.getElementById('offer');     // where people read what they are told of
    const offer = line && new Offer(line, shelf);
    const refresh = new Refresh({
        clock, isHidden: () => document.hidden, load: () => live.web.conversations({ limit: ROWS }), show: found => live.listed(found),
    });
    live.listen({
        onReset: () => {
            waiting.forget();
            hasList || refresh.want();
        },
        onEvent: event => {
            event.type === 'message' && offer?.make();
            // Where there is a list, that is fetched.
            hasList || refresh.want(event.type === 'message' || (event.seq > 0 && event.user_id === userId));
        },
        onListed: found => {
            notifications.learn(found.conversations);
            notifications.tell(waiting.learn(found));
            show(waiting.total);
        },
        onEnded: () => {
            notifications.takeBack();
            show(0);
        },
    });
}

function tabsOf(live, hereId) {
    const tabs = new Tabs({ id: newRef(), locks: navigator.locks, prefix: `messenger.notices ${live.dataset.commandUrl} ${live.userId} ` });
    const look = () => live.line.isEnded || tabs.look(isWatched() ? hereId : null);
    live.listen({
        onStart: () => {
            tabs.enter();
            look();
        },
        onEnded: () => tabs.leave(),
    });
    watch({ looked: look, left: () => tabs.leave() });
    addEventListener('blur', look);
    document.addEventListener('visibilitychange', look);
    return tabs;
}

function notificationsOf(tabs, { dataset }, hereId) {
    return new Notifications({
        tabs, make: notify, play: playSound,
        // The browser's own sound isn't the member's choice.
        options: { icon: icon().href.replace(DOTTED, PLAIN), lang: document.documentElement.lang, renotify: true, silent: true },
        open: ({ user_id: person }) => {
            focus();
            if (person !== hereId) {
                location.assign(chatAddress(dataset.chatUrl, person));
            }
        },
    });
}

function show(total) {
    document.title = titled(document.title, total);
    const [old, now] = total ? [PLAIN, DOTTED] : [DOTTED, PLAIN];
    if (icon().href.includes(old)) {
        icon().href = icon().href.replace(old, now);
    }
    navigator.setAppBadge?.(total).catch(() => {});
}

function icon() {
    return document.querySelector('link[rel=icon]');
}
