// The live list of conversations. Fetched anew after whatever changes it: a list pieced together here would have to count what is unread.
import { watch } from './attention.js';
import { clock } from './clock.js';
import { ConversationList } from './list.js';
import { livePartsOf } from './live.js';
import { countedBy } from './plural.js';
import { Refresh } from './refresh.js';

const page = document.getElementById('conversations');
if (page) {
    open(page, livePartsOf(page));
}

function open(page, { web, line, outbox, arrivals, status, locale }) {
    const { dataset } = page;
    const userId = Number(dataset.userId);
    const list = new ConversationList({
        page, userId, locale, chatUrl: dataset.chatUrl, onMark: frame => line.carry(frame),
        texts: {
            unread: dataset.textUnread, someUnread: countedBy(dataset.textSomeUnread, document.documentElement.lang),
            you: dataset.textYou, formerMember: dataset.textFormerMember, markRead: dataset.textMarkRead, markUnread: dataset.textMarkUnread,
        },
    });
    const refresh = new Refresh({
        clock, isHidden: () => document.hidden, load: () => web.conversations({ limit: dataset.limit }), show: found => list.show(found),
    });
    Object.assign(line, {
        onState: state => status.show(state),
        onOpen: () => {
            outbox.flush();
            arrivals.tellAgain();
        },
        onReset: () => {
            arrivals.forget();
            refresh.want();
        },
        onEvent: event => {
            arrivals.hear(event);
            // How far others have read isn't in the list.
            if (event.type === 'message' || event.user_id === userId) {
                refresh.want();
            }
        },
    });
    watch({
        looked: () => {
            line.wake();
            refresh.want(false);
        },
        left: () => {
            line.pause();
            outbox.close();
        },
        back: () => start(line, outbox),
    });
    start(line, outbox);
}

// What other pages have left unsent goes out from here, too.
function start(line, outbox) {
    outbox.open();
    line.open();
}
