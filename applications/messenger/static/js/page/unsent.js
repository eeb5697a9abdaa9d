// What a live page keeps until the server has it: messages, verbs, and what is being written.
import { clock } from '../wire/clock.js';
import { Drafts } from '../unsent/drafts.js';
import { Keep } from '../unsent/keep.js';
import { Lane } from '../unsent/lane.js';
import { newRef } from '../unsent/ref.js';
import { Outbox } from '../unsent/outbox.js';
import { PageTab } from '../unsent/page_tab.js';
import { storage, tabStorage } from '../browser/storage.js';
import { Tab } from '../unsent/tab.js';
import { Verbs } from '../unsent/verbs.js';

// The answers that come over `line` go to the outbox and to the lane: each knows its own by their refs.
export function unsentOf({ home, userId, line, carry }) {
    const whose = { storage: storage(), home, userId };
    const road = { clock, carry, newRef, tab: new Tab({ id: newRef(), locks: navigator.locks }), epoch: () => line.timeline.epoch };
    const keep = new Keep(whose);
    const outbox = new Outbox({ keep, ...road }), lane = new Lane({ verbs: new Verbs(whose), ...road });
    line.unsent = { answer: frame => [outbox, lane].forEach(part => part.answer(frame)) };
    return { keep, outbox, lane, drafts: draftsOf(whose) };
}

function draftsOf(whose) {
    const session = tabStorage();
    return new Drafts({ ...whose, session, clock, newId: newRef, tab: new PageTab({ session, newId: newRef }) });
}
