"""A chat keeps its session alive while somebody is at it, and only then."""
HOURS = 3_600_000
ACTIVE = '**/messaging/active.json'


def test_whoever_is_at_the_chat_stays_logged_in_and_an_empty_chair_does_not(visit):
    ann, bob = visit('Ann'), visit('Bob')
    ann.join()
    bob.join()
    ann.page.clock.install()
    ann.open_chat(bob)

    def told():
        return len([url for url in ann.requests if 'active.json' in url])
    ann.page.clock.fast_forward(9 * HOURS)
    ann.sees_state('online')
    assert told() == 0, 'nobody has done anything'
    with ann.page.expect_response(ACTIVE) as answer:
        ann.page.keyboard.press('a')
        ann.page.clock.run_for(10)
    assert answer.value.status == 200
    for _ in range(3):
        ann.page.keyboard.press('b')
        ann.page.mouse.move(5, 5)
    ann.page.clock.run_for(1000)
    assert told() == 1, 'not for each key'
    with ann.page.expect_response(ACTIVE):
        ann.page.clock.fast_forward(2 * HOURS)
