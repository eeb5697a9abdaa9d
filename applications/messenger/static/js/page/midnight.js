// When the reader's day ends, or their clock is set to another zone: "today" is another day then, on every part of a page.
import { Timers } from '../wire/clock.js';

// A machine that sleeps, or a tab that the browser holds back, hears of midnight late: so it is looked at now and then.
const LOOK_SECONDS = 60;

export class Midnight {
    // `now()` is a Date, `zone()` the name of the reader's; `turned(isElsewhere)` is called when either has changed, with whether it is the zone.
    constructor({ clock, turned, now = () => new Date(), zone = zoneHere }) {
        Object.assign(this, { turned, now, zone, timers: new Timers(clock) });
        [this.day, this.place] = this.#today();
        this.#wait();
    }

    // Somebody turns to the page.
    look() {
        const [day, place] = this.#today();
        const isElsewhere = place !== this.place;
        if (day !== this.day || isElsewhere) {
            [this.day, this.place] = [day, place];
            this.turned(isElsewhere);
        }
    }

    #today() {
        return [this.now().toDateString(), this.zone()];
    }

    #wait() {
        const now = this.now();
        const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
        this.timers.set('look', Math.min(LOOK_SECONDS, (midnight - now) / 1000), () => {
            this.look();
            this.#wait();
        });
    }
}

function zoneHere() {
    return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
