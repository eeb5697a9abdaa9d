// The live thread of one conversation. Everything is wired here; what the parts do is written in them.
import { Announcements } from './model/announcements.js';
import { voice } from './announcer.js';
import { isWatched } from '../browser/attention.js';
import { clock } from '../wire/clock.js';
import { Composer } from '../writing/composer.js';
import { Conversation } from './conversation.js';
import { makeRoomForKeyboard } from '../writing/covered.js';
import { Drafting } from '../unsent/drafting.js';
import { openHead } from './head.js';
import { History } from './model/history.js';
import { Jump } from './jump.js';
import { Order } from './model/order.js';
import { Place } from './place.js';
import { countedBy } from '../shown/plural.js';
import { Reading } from './model/reading.js';
import { Receipts } from './model/receipts.js';
import { States } from './states.js';
import { Thread } from './model/thread.js';

export function openChat(chat, live, messages) {
    const parts = partsOf(chat, live, messages);
    new Conversation(parts).open();
    keepDraft(parts);
    openHead(chat, live, parts.thread);
    makeRoomForKeyboard();
}

export function keepDraft({ live, thread, composer }) {
    const drafting = new Drafting({ drafts: live.drafts, composer, place: thread.otherId, isUsed: () => document.hasFocus() });
    drafting.open();
    live.listen({ onBack: () => drafting.reopen(), onDraft: place => drafting.heard(place) });
}

function partsOf(chat, live, messages) {
    const { dataset } = chat;
    const thread = new Thread({
        userId: live.userId, otherId: Number(dataset.otherId), conversation: Number(dataset.conversation) || null,
    });
    const receipts = new Receipts({ read: Number(dataset.theirReadNumber), delivered: Number(dataset.theirDeliveredNumber) });
    const { list, texts } = messages;
    const place = new Place(list);
    const many = countedBy(texts.many, document.documentElement.lang);
    return {
        live,
        thread,
        receipts,
        reading: new Reading({
            carry: frame => live.do(frame, { isUnasked: true }), isWatched, onTold: frame => live.arrivals.read(frame),
        }),
        history: new History({ clock, hasMore: dataset.more === '1', load: before => live.web.history(thread.conversation, before) }),
        messages,
        // Notes to oneself are received by nobody.
        states: new States({ receipts, texts, own: thread.userId === thread.otherId ? new Order() : messages.own }),
        place,
        jump: new Jump({ place, words: many, button: document.getElementById('jump') }),
        announcements: new Announcements({
            clock, texts, many, say: voice(document.getElementById('announcer')), warn: voice(document.getElementById('alarm')),
        }),
        older: chat.querySelector('.chat__older'),
        composer: new Composer({ form: document.getElementById('composer'), error: document.getElementById('composer-error') }),
    };
}
