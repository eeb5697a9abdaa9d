// The live list of conversations. Fetched anew after whatever changes it: a list pieced together here would have to count what is unread.
import { watch } from '../browser/attention.js';
import { clock } from '../wire/clock.js';
import { rowsOf } from './company.js';
import { showDrafts } from './draft_rows.js';
import { ConversationList } from './list.js';
import { countedBy } from '../shown/plural.js';
import { Refresh } from '../wire/refresh.js';

export function openConversations(page, live) {
    const list = listOf(page, live);
    const drafts = () => showDrafts({ rows: list.rows, drafts: live.drafts.all(), label: page.dataset.textDraft, hereId: list.hereId });
    const foresee = () => list.foresee(live.lane.frames);
    const company = rowsOf(list.rows, live.company, { online: page.dataset.textOnline, typing: page.dataset.textTyping });
    // Also while nobody sees it: how much waits is in the title.
    const refresh = new Refresh({
        clock, isHidden: () => document.hidden, load: () => live.web.conversations({ limit: page.dataset.limit }),
        show: found => {
            list.show(found);
            foresee();
            live.listed(found);
            drafts();
            company();
        },
    });
    live.company.watch(company);
    watch({ looked: () => refresh.hurry() });
    live.listen({
        onStart: () => {
            drafts();
            foresee();
        },
        onDraft: drafts,
        onVerb: ({ state }) => {
            foresee();
            // What was not done after all is shown as it is.
            refresh.want(state === 'refused' || state === 'dropped');
        },
        onReset: () => refresh.want(),
        // How far others have read isn't in the list.
        onEvent: event => refresh.want(event.type === 'message' || event.user_id === live.userId),
    });
}

function listOf(page, live) {
    const { dataset } = page;
    return new ConversationList({
        page, userId: live.userId, locale: live.locale, chatUrl: live.dataset.chatUrl, hereId: Number(dataset.hereId),
        onMark: frame => live.do(frame),
        texts: {
            unread: dataset.textUnread, someUnread: countedBy(dataset.textSomeUnread, document.documentElement.lang), you: dataset.textYou,
            formerMember: live.dataset.textFormerMember, markRead: dataset.textMarkRead, markUnread: dataset.textMarkUnread,
            muted: dataset.textMuted,
        },
    });
}
