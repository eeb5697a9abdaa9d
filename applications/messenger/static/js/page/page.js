// Every page's script: what is on the page is brought to life. What each part does is written in it.
import { openAnswers } from '../inbox/answers.js';
import { leave } from '../unsent/shelf.js';
import { watch } from '../browser/attention.js';
import { openChat } from '../thread/chat.js';
import { clock } from '../wire/clock.js';
import { Company } from '../list/company.js';
import { openConversations } from '../list/conversations.js';
import { forgetTaken, openFields } from './fields.js';
import { openFinder } from '../list/finder.js';
import { watchFolds } from '../browser/folds.js';
import { openHotkeys } from './hotkeys.js';
import { openInbox } from '../inbox/inbox.js';
import { openLeaving } from './leaving.js';
import { Live } from './live.js';
import { openMarks } from './marks.js';
import { Midnight } from './midnight.js';
import { messagesOn } from '../thread/messages.js';
import { openOldPage } from '../thread/old.js';
import { openNoticing } from '../noticing/noticing.js';
import { tellThatScriptsRun } from '../browser/scripted.js';
import { storage } from '../browser/storage.js';
import { fullTime, localeOf, localTime, shortTime } from '../shown/times.js';

const locale = localeOf(document.documentElement.lang, navigator.languages);
localise(document);
watchFolds();
const list = document.getElementById('messages');
const messages = list && messagesOn(list, locale);
const left = document.querySelector('meta[name=left]');
if (left && storage()) {
    leave(storage(), { home: left.dataset.home, userId: left.content });
}
const unsent = document.getElementById('unsent');
if (unsent) {
    openLeaving(unsent, { storage: storage(), language: document.documentElement.lang });
}
const keys = document.getElementById('shortcuts');
if (keys) {
    openHotkeys(keys);
}
const facts = document.getElementById('live');
const live = facts && new Live(facts);
if (live) {
    open(live);
}
const midnight = new Midnight({
    clock,
    turned: isElsewhere => {
        localise(document);
        messages?.turnDay(isElsewhere);
        live?.turned();
    },
});
watch({ looked: () => midnight.look(), back: () => midnight.look() });
tellThatScriptsRun();

function open(live) {
    forgetTaken(live);
    live.company = new Company(live);
    for (const [id, openPart] of [['conversations', openConversations], ['chat', openChat], ['inbox', openInbox]]) {
        // A page of old messages, or of a former member, isn't live.
        const part = document.querySelector(`#${id}[data-live]`);
        if (part) {
            openPart(part, live, messages);
        }
    }
    const old = document.querySelector('#chat:not([data-live])');
    if (old) {
        openOldPage(old, live, messages);
    }
    const inbox = document.querySelector('#inbox .inbox');
    if (inbox) {
        openAnswers(inbox, live);
    }
    openFields(live);
    openMarks(live);
    const finder = document.querySelector('#conversations[data-live] .finder');
    if (finder) {
        openFinder(finder, live);
    }
    const here = document.getElementById('chat')?.dataset.otherId ?? 0;
    openNoticing(live, { hereId: Number(here), hasList: document.querySelector('#conversations[data-live]') !== null });
    live.open();
}

// Show the times of a page on the reader's own clock.
function localise(root) {
    root.querySelectorAll('time[datetime]:not(.message__time)').forEach(time => {
        const form = 'short' in time.dataset ? shortTime : localTime;
        time.textContent = form(time.dateTime, locale) || time.textContent;
        time.title = fullTime(time.dateTime, locale);
    });
}
