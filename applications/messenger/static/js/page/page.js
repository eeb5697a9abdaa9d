// Every page's script: what is on the page is brought to life. What each part does is written in it.
import { openAnswers } from '../inbox/answers.js';
import { leave } from '../unsent/shelf.js';
import { watch } from '../browser/attention.js';
import { openChat } from '../thread/chat.js';
import { breath, painted } from '../browser/breath.js';
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
import { forgetZone } from '../shown/formats.js';
import { fullTime, localeOf, localTime, shortTime } from '../shown/times.js';

const locale = localeOf(document.documentElement.lang, navigator.languages);
const left = document.querySelector('meta[name=left]');
if (left && storage()) {
    leave(storage(), { home: left.dataset.home, userId: left.content });
}
start();

// Part by part: between them the page is painted, and answers.
async function start() {
    await painted();
    localise(document);
    watchFolds();
    await breath();
    const list = document.getElementById('messages');
    const messages = list && messagesOn(list, locale);
    await breath();
    const facts = document.getElementById('live');
    const live = facts && new Live(facts);
    for (const open of openers(live, messages)) {
        await breath();
        open();
    }
    followDays(live, messages);
    tellThatScriptsRun();
}

function* openers(live, messages) {
    const unsent = document.getElementById('unsent');
    if (unsent) {
        yield () => openLeaving(unsent, { storage: storage(), language: document.documentElement.lang });
    }
    const keys = document.getElementById('shortcuts');
    if (keys) {
        yield () => openHotkeys(keys);
    }
    if (live) {
        yield* livingParts(live, messages);
    }
}

function* livingParts(live, messages) {
    forgetTaken(live);
    live.company = new Company(live);
    for (const [id, openPart] of [['conversations', openConversations], ['chat', openChat], ['inbox', openInbox]]) {
        // A page of old messages, or of a former member, isn't live.
        const part = document.querySelector(`#${id}[data-live]`);
        if (part) {
            yield () => openPart(part, live, messages);
        }
    }
    const old = document.querySelector('#chat:not([data-live])');
    if (old) {
        yield () => openOldPage(old, live, messages);
    }
    const inbox = document.querySelector('#inbox .inbox');
    if (inbox) {
        yield () => openAnswers(inbox, live);
    }
    yield () => openFields(live);
    yield () => openMarks(live);
    const finder = document.querySelector('#conversations[data-live] .finder');
    if (finder) {
        yield () => openFinder(finder, live);
    }
    const here = document.getElementById('chat')?.dataset.otherId ?? 0;
    yield () => openNoticing(live, { hereId: Number(here), hasList: document.querySelector('#conversations[data-live]') !== null });
    yield () => live.open();
}

function followDays(live, messages) {
    const midnight = new Midnight({
        clock,
        turned: isElsewhere => {
            isElsewhere && forgetZone();
            localise(document);
            messages?.turnDay(isElsewhere);
            live?.turned();
        },
    });
    watch({ looked: () => midnight.look(), back: () => midnight.look() });
}

// Show the times of a page on the reader's own clock.
function localise(root) {
    root.querySelectorAll('time[datetime]:not(.message__time)').forEach(time => {
        const form = 'short' in time.dataset ? shortTime : localTime;
        time.textContent = form(time.dateTime, locale) || time.textContent;
        time.title = fullTime(time.dateTime, locale);
    });
}
