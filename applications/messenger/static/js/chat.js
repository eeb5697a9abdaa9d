// The live thread of one conversation. Everything is wired here; what the parts do is written in them.
import { isWatched } from './attention.js';
import { clock } from './clock.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { Drafting } from './drafting.js';
import { openHead } from './head.js';
import { History } from './history.js';
import { Messages } from './messages.js';
import { Place } from './place.js';
import { Reading } from './reading.js';
import { Receipts } from './receipts.js';
import { States } from './states.js';
import { Thread } from './thread.js';

export function openChat(chat, live) {
    const parts = partsOf(chat, live);
    new Conversation(parts).open();
    keepDraft(parts);
    openHead(chat, live, parts.thread);
}

function keepDraft({ live, thread, composer }) {
    const drafting = new Drafting({ drafts: live.drafts, composer, otherId: thread.otherId, isUsed: () => document.hasFocus() });
    drafting.open();
    live.listen({ onStart: () => drafting.reopen(), onDraft: otherId => drafting.heard(otherId) });
}

function partsOf(chat, live) {
    const { dataset } = chat;
    const thread = new Thread({
        userId: live.userId, otherId: Number(dataset.otherId), conversation: Number(dataset.conversation) || null,
    });
    const receipts = new Receipts({ read: Number(dataset.theirReadNumber), delivered: Number(dataset.theirDeliveredNumber) });
    const list = document.getElementById('messages');
    return {
        live,
        thread,
        receipts,
        reading: new Reading({
            carry: frame => live.line.carry(frame), isWatched, onTold: frame => live.arrivals.read(frame),
        }),
        history: new History({ clock, hasMore: dataset.more === '1', load: before => live.web.history(thread.conversation, before) }),
        messages: new Messages({
            list, template: document.getElementById('message-template'), userId: thread.userId, locale: live.locale,
            texts: {
                sending: dataset.textSending, failed: dataset.textFailed, retry: dataset.textRetry, discard: dataset.textDiscard,
                formerMember: live.dataset.textFormerMember,
            },
        }),
        states: new States({
            list, receipts, texts: { sent: dataset.textSent, delivered: dataset.textDelivered, read: dataset.textSeen },
        }),
        place: new Place(list),
        older: chat.querySelector('.chat__older'),
        composer: new Composer({ form: document.getElementById('composer'), error: document.getElementById('composer-error') }),
    };
}
