"""The scenarios of load.py, by numbers of docs/faults.md or names: who does what, and which settings differ from the defaults."""
from crowds.nuisances import Churn, Flood, Idle, Silent, Slowloris, SlowReaders, Storm, Syncers, Verbs, Writers
from sites.prepared import fill_pairs, fill_stars
from sites.target import Target
from sites.whole_site import WholeSite
from soak import finish, percentiles
from visitors import Strangers, loading

EMOJI = '\U0001f600' * 10_000
STRANGERS = range(301, 10_301)      # 101 and on are the pairs


class Scenario:
    """`realtime`: settings that differ; `seconds`, `pairs`: where the scenario needs a number of its own; `program`: starts the sidecar.

    `target`: what it shoots at.
    """
    what, members, realtime, seconds, pairs, program, target = '', 300, (), None, None, None, Target

    def prepare(self, target):
        """Fill the site, before the sidecar starts."""

    def before(self, crowd, target):
        """Let come who is there already before anything is measured."""

    def nuisances(self, crowd, target):
        return [make(crowd, target, members, **more) for make, members, more in self.made_of]

    def said(self, nuisances):
        """Return what else there is to tell."""
        return ''


class L1(Scenario):
    what = 'a subscriber who stops reading, 1 MB/s to him'
    made_of = ((Silent, [1], {}), (Writers, range(2, 8), dict(receivers=[1], per_second=25, content=EMOJI)))


class L2(Scenario):
    what = 'a hundred of them, 4 MB/s in all'
    made_of = ((Silent, range(1, 51), {}), (Silent, range(51, 101), {}),
               (Writers, range(270, 300), dict(receivers=range(1, 101), per_second=100, content=EMOJI)))
    seconds = 60


class L3(Scenario):
    what = 'ten who read 1 kB/s, 10 kB/s to each'
    made_of = ((SlowReaders, range(1, 11), {}), (Writers, range(20, 30), dict(receivers=range(1, 11), per_second=10)))
    seconds = 60


class L4(Scenario):
    what = '10,000 reconnect in 10 seconds'
    members = 10_300
    seconds = 30

    def nuisances(self, crowd, target):
        members = STRANGERS[:9900]
        for member in members:
            target.cookie(member)
        return [Storm(crowd, target, members)]

    def said(self, nuisances):
        times = nuisances[0].times()
        return '%d welcomed, p50 %.2f s, p99 %.2f s, longest %.2f s' % (
            len(times), *(times[int(part * (len(times) - 1))] for part in (0.5, 0.99, 1))) if times else 'nobody welcomed'


class L5(Scenario):
    what = 'one member floods over 10 sockets, 1,000 messages of 64 kB a second'
    made_of = ((Flood, [1], dict(sockets=10, per_second=1000, content='\U0001f600' * 5_400, receivers=[2])),)


class L6(Scenario):
    what = '200 members flood, 2,000 messages a second in all'
    members = 600
    made_of = ((Flood, range(301, 501), dict(per_second=2000, receivers=range(501, 601))),)


class L7(Scenario):
    what = '10,000 idle, who have been there for a while'
    members = 10_300
    seconds = 60
    made_of = ()

    def before(self, crowd, target):
        self.idle = Idle(crowd, target, STRANGERS[:9870])
        self.idle.begin()
        crowd.run(50, self.idle.step)

    def said(self, nuisances):
        return '%d idle at the end' % self.idle.crowd.welcomed()


class L8(L7):
    what = '10,000 idle and 50 active pairs'
    pairs = 50


class L9(Scenario):
    what = 'one member with 500 tabs, where a site allows 500'
    realtime = ('connections', 500),
    made_of = ((Idle, [1] * 500, dict(per_second=200)), (Writers, [2], dict(receivers=[1], per_second=4, content='hello')))


class L9Default(L9):
    what = 'one member with 500 tabs'
    realtime = ()


class L10(Scenario):
    what = 'connect and leave, 500 a second'
    made_of = ((Churn, range(1, 100), {}),)

    def said(self, nuisances):
        return 'opened %d, unwelcome %d (each twentieth is forged)' % (nuisances[0].opened, nuisances[0].unwelcome)


class L11(Scenario):
    what = 'texts of 10,000 emoji, é, quotes and escapes'
    made_of = (*((Writers, [2 * number], dict(receivers=[2 * number + 1], per_second=5, content=characters * 5_000))
                 for number, characters in enumerate(('\U0001f600' * 2, 'éé', '""', '\\\\', 'a\x01'), 1)),
               (Idle, range(3, 12, 2), {}))


class L12(Scenario):
    what = '100 members sync 10,000 rows each'
    seconds = 60
    made_of = ((Syncers, range(1, 101), {}),)

    def prepare(self, target):
        fill_pairs(target.sidecar.db, 50, 10_000)

    def said(self, nuisances):
        return '%d pages, %d rows, %d of 100 done' % (nuisances[0].pages, nuisances[0].events, getattr(nuisances[0], 'done', 0))


class L13(Scenario):
    what = 'slowloris, 5,000'
    made_of = ((Slowloris, (), {}), (Churn, range(1, 20), dict(per_second=10)))

    def said(self, nuisances):
        times = sorted(nuisances[1].times) or [0]
        return '%d good ones came, in %.2f s at the median and %.2f s at most' % (len(times), times[len(times) // 2], times[-1])


class L14(L13):
    what = 'each session takes 200 ms to be read'
    program = 'slow_sidecar.py'
    made_of = ((Idle, range(200, 300), dict(per_second=3)), (Churn, range(1, 20), dict(per_second=3)))

    def prepare(self, target):
        target.sidecar.environment['SLOW_SECONDS'] = '0.2'


class Anonymous(Scenario):
    what = 'ten strangers with the worst anonymous requests, beside members who load pages'
    target, seconds = WholeSite, 30
    made_of = ((Strangers, (), {}),)
    bound = 250     # ms, the p99 of others (P7)

    def before(self, crowd, target):
        self.members = loading(target, range(201, 211))
        crowd.run(3)

    def said(self, nuisances):
        strangers, = nuisances
        strangers.is_over.set()
        loaded = finish(self.members)
        quiet, loud = ([took for due, took in loaded['samples'] if (due >= strangers.began_at) == is_loud] for is_loud in (False, True))
        return 'pages p50/p99/max ms quiet %.0f/%.0f/%.0f loud %.0f/%.0f/%.0f of %d (p99 at most %d), not shown %s; strangers %s' % (
            *percentiles(quiet), *percentiles(loud), len(loud), self.bound, loaded['refused'] or 'none',
            dict(sorted(strangers.answers.items(), key=str)))


class Marks(Scenario):
    what = 'five members mute, read and mark 100 conversations each, 1,000 times a second'
    made_of = ((Verbs, range(1, 6), {}),)

    def prepare(self, target):
        fill_stars(target.sidecar.db, range(1, 6), range(201, 301))


SCENARIOS = {scenario.__name__: scenario for scenario in (
    L1, L2, L3, L4, L5, L6, L7, L8, L9, L9Default, L10, L11, L12, L13, L14, Anonymous, Marks)}
