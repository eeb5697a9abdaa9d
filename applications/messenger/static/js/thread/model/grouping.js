// How messages stand to each other: where a day begins, where somebody else speaks, what was written in one go.
// modules/messenger_web/thread.py says the same for a page without scripts; tests/cases/groups.json holds both to it.

const MINUTE = 16;      // so much of 2026-11-23T09:02:11Z

// `earlier` is the message before `later`, if there is one, `dayOf(at)` the reader's day; `isFirstNew` where a line is between the two.
export function standingOf(earlier, later, dayOf, isFirstNew = false) {
    const startsDay = !earlier || dayOf(earlier.at) !== dayOf(later.at);
    const startsTurn = startsDay || isFirstNew || earlier.sender !== later.sender;
    const isFailed = earlier?.isFailed || later.isFailed;
    return { startsDay, startsTurn, continues: !startsTurn && !isFailed && earlier.at.slice(0, MINUTE) === later.at.slice(0, MINUTE) };
}
