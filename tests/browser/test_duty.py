"""Duty in Chromium: alarms under every filter, on every page, behind the lock, after a night, until somebody claims."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, select, update

from gateway.accounts.models import StaffSession
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.handover.models import OfficerShift, PushSubscription, QueueEntry
from gateway.handover.shifts import anybody_on_duty
from tests.browser.test_console import LISTENING, asks, check, complaints, heard, newest_conversation, says
from tests.worlds.console_server import ConsoleServer, console_server, login, waits
from tests.worlds.push_service import PushService
from tests.worlds.simulator_process import DESKTOP, PHONE

__all__ = ["complaints"]
URGENT = [880, 660, 880, 660]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("duty"), push_hosts="127.0.0.1") as running:
        yield running


@pytest.fixture
def service(running: ConsoleServer) -> ConsoleServer:
    """The service, with an empty queue and nobody on duty."""

    async def empty() -> None:
        async with running.service.database.transaction() as session:
            await session.execute(delete(QueueEntry))
            await session.execute(delete(OfficerShift))
            await session.execute(delete(PushSubscription))

    running.do(empty)
    return running


def on_duty(
    service: ConsoleServer, browser: Browser, complaints: list[str], path: str = "/console", **more: object
) -> Page:
    """An officer whose shift has begun and whose sound is on, then on this page."""
    name, size = login(), more.pop("size", DESKTOP)
    roles = more.pop("roles", (Role.OFFICER,))
    page = heard(service.officer(browser, name, "en", size, *roles), complaints)  # type: ignore[arg-type, misc]
    page.set_default_timeout(30_000)
    page.add_init_script(LISTENING)
    page.clock.install()
    page.goto(f"{service.url}/console")
    page.get_by_role("button", name="Start shift").click()
    expect(page.locator("#duty")).to_have_attribute("data-on-duty", "yes")
    until(page, "tones.length >= 2")
    if path != "/console":
        page.goto(f"{service.url}{path}")
        page.locator("h1").first.click()  # a browser lets a page sound after a press on it
    return page


def seen_since(service: ConsoleServer, began: dt.datetime) -> bool:
    """Whether an officer on duty was there after that."""

    async def look() -> bool:
        async with service.service.database.transaction() as session:
            seen = await session.scalar(select(OfficerShift.seen_at).where(OfficerShift.ended_at.is_(None)))
            return seen is not None and seen > began

    return service.do(look)


def until(page: Page, true: str) -> None:
    """Until the page says so; asked from here, because the pages' policy lets nothing be evaluated in them."""
    waits(lambda: bool(page.evaluate(true)), 20)


def sounds_urgent(page: Page) -> None:
    until(page, "tones.join().includes('880,660,880,660')")


def test_a_filter_by_language_mutes_no_emergency(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints)
    page.locator("#filter-fi").click()
    expect(page.locator("#filter-fi")).to_have_attribute("aria-current", "true")
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")  # another window is in front
    asks(service, "hjälp han har en kniv")

    sounds_urgent(page)
    assert page.evaluate("notified") == ["Emergency: a citizen is waiting"]
    expect(page.locator(".rows .row-link")).to_have_count(0)
    expect(page.locator("#announce-urgent")).to_contain_text("Emergency")
    expect(page.locator("#alarms .alarm.urgent")).to_have_count(1)
    check(page, "alarm-filtered")
    page.locator("#alarms").get_by_role("link", name="Open").click()
    expect(page.locator(".said.citizen")).to_contain_text("kniv")
    page.context.close()


def test_no_other_filter_team_or_view_mutes_one_either(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """Each shows none of what waits: all speak Finnish, are nobody's to take and no team's."""
    page = on_duty(service, browser, complaints)
    page.goto(f"{service.url}/console/views")
    page.locator("#name").fill("Web in English")
    page.locator("#language").select_option("en")
    page.get_by_role("button", name="Keep the view").click()
    expect(page.locator("#kept")).to_contain_text("Web in English")
    page.goto(f"{service.url}/console")
    filters = page.locator(".filter a[id^=filter-]").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    filters = [*filters, "/console?mine=1", f"/console?team={uuid.uuid4()}"]
    assert len(filters) == 7, filters
    for number, address in enumerate(filters, 1):
        page.goto(f"{service.url}{address}")
        page.locator("#queue-title").click()
        page.evaluate("tones.length = 0")
        asks(service, "hänellä on veitsi")
        sounds_urgent(page)
        expect(page.locator("#alarms .alarm")).to_have_count(min(number, 5))  # four, and a line for the others
        assert page.title().startswith(f"({number})")
    page.context.close()


@pytest.mark.parametrize(
    "path", ["/console/bulletins", "/console/hours", "/console/figures", "/console/search", "/account"]
)
def test_every_page_of_the_staff_keeps_the_shift_and_is_alarmed(
    service: ConsoleServer, browser: Browser, complaints: list[str], path: str
) -> None:
    page = on_duty(service, browser, complaints, path)
    began = now()
    waits(lambda: seen_since(service, began), 20)
    expect(page.locator("#frame-duty")).to_contain_text("On duty")
    asks(service, "hänellä on veitsi")
    sounds_urgent(page)
    expect(page.locator("#alarms .alarm.urgent")).to_contain_text("Emergency")
    assert page.title().startswith("(1)")
    check(page, f"alarm-{path.rpartition('/')[2]}")
    page.locator("#alarms").get_by_role("link", name="Open").click()
    expect(page.locator(".said.citizen")).to_contain_text("veitsi")
    page.context.close()


def test_the_lock_takes_every_word_away_and_neither_the_count_nor_the_sound(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, "salainen asia", "haluan puhua poliisille")
    page = on_duty(service, browser, complaints)
    page.locator(".rows .row-link").first.click()
    expect(page.locator(".said.citizen").first).to_contain_text("salainen")
    page.clock.fast_forward(service.settings.staff_lock_seconds * 1000 + 10_000)

    expect(page.get_by_role("heading", name="This session is locked")).to_be_visible()
    assert "salainen" not in page.content()
    assert page.request.get(f"{service.url}/console", max_redirects=0).status == 401
    began = now()
    waits(lambda: seen_since(service, began), 20)  # who is behind a lock is on duty
    page.evaluate("tones.length = 0")
    asks(service, "hänellä on veitsi")
    sounds_urgent(page)
    expect(page.locator("[data-lock-count]")).to_have_text("2")
    assert page.title().startswith("(2)")
    assert "veitsi" not in page.content()
    check(page, "locked")
    page.get_by_role("link", name="Unlock").click()
    expect(page.locator("#code")).to_be_visible()
    page.locator("h1").click()
    page.evaluate("tones.length = 0")
    asks(service, "hänellä on veitsi")
    sounds_urgent(page)  # who looks for their key hears it too
    expect(page.locator("#alarms .alarm.urgent")).to_have_count(2)
    assert "veitsi" not in page.content()
    page.context.close()


def test_a_session_that_is_over_takes_the_words_away_and_is_heard(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """It ends with the working day: a page that waited silently for a sign-in would leave its officer deaf."""
    asks(service, "salainen asia", "haluan puhua poliisille")
    page = on_duty(service, browser, complaints)
    page.locator(".rows .row-link").first.click()
    expect(page.locator(".said.citizen").first).to_contain_text("salainen")
    page.evaluate("tones.length = 0")

    async def the_day_ends() -> None:
        async with service.service.database.transaction() as session:
            await session.execute(delete(StaffSession))

    service.do(the_day_ends)
    page.clock.fast_forward(6_000)
    until(page, "tones.join().includes('440,330,440,330')")
    expect(page.locator("#alarms")).to_contain_text("Your session has ended")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.locator("#frame-duty")).to_be_hidden()
    assert page.title() == "Your session has ended · Neuvo"
    assert "salainen" not in page.content()
    check(page, "session-over")
    page.evaluate("tones.length = 0")
    page.clock.fast_forward(61_000)
    until(page, "tones.join().includes('440,330,440,330')")
    page.locator("#alarms").get_by_role("button", name="I hear it").click()
    expect(page.locator("#login")).to_be_visible()
    page.context.close()


def test_who_signs_out_in_one_tab_is_not_called_back_by_another(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints)
    other = heard(page.context.new_page(), complaints)
    other.goto(f"{service.url}/console/hours")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-out*")
    page.clock.fast_forward(6_000)
    expect(page.locator("#login")).to_be_visible()
    page.context.close()


def test_a_page_that_does_not_reach_the_service_says_so_and_sounds(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints)
    page.evaluate("tones.length = 0")
    page.context.set_offline(True)
    for _ in range(2):  # it fails, and has failed for half a minute
        page.clock.fast_forward(6_000)
        page.wait_for_timeout(500)
    page.clock.fast_forward(31_000)
    until(page, "tones.join().includes('440,330,440,330')")
    expect(page.locator("#alarms")).to_contain_text("No connection")
    page.context.set_offline(False)
    page.clock.fast_forward(6_000)
    expect(page.locator("#alarms .alarm")).to_have_count(0)
    page.context.close()
    complaints[:] = [each for each in complaints if "ERR_INTERNET_DISCONNECTED" not in each]


def test_a_night_of_eight_quiet_hours_ends_with_an_alarm_that_is_heard(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints, "/console/bulletins")

    async def eight_hours_pass() -> None:
        async with service.service.database.transaction() as session:
            ago = now() - dt.timedelta(hours=8)
            begun = {"created_at": ago, "proved_at": ago, "seen_at": ago}
            await session.execute(update(StaffSession).values(**begun))
            await session.execute(update(OfficerShift).values(started_at=ago, acted_at=ago))

    service.do(eight_hours_pass)
    page.clock.fast_forward("08:00:00")
    expect(page.get_by_role("heading", name="This session is locked")).to_be_visible()
    page.wait_for_timeout(500)
    page.evaluate("tones.length = 0")
    asks(service, "hänellä on veitsi")

    sounds_urgent(page)
    expect(page.locator("#alarms .alarm.urgent")).to_have_count(1)
    page.context.close()


def test_a_weekend_ends_with_an_alarm_that_is_heard(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """A page is left open on Friday: by Monday it is nobody on duty, and says so; who comes then hears who waits."""
    friday = on_duty(service, browser, complaints)
    friday.evaluate("tones.length = 0")

    async def the_weekend_passes() -> None:
        ago = now() - dt.timedelta(hours=65)
        async with service.service.database.transaction() as session:
            await session.execute(update(StaffSession).values(created_at=ago, proved_at=ago, seen_at=ago, ends_at=ago))
            await session.execute(update(OfficerShift).values(started_at=ago, acted_at=ago, seen_at=ago))

    async def is_anybody_there() -> bool:
        async with service.service.database.transaction() as session:
            return await anybody_on_duty(session, service.service.settings.officer_lost_seconds)

    service.do(the_weekend_passes)
    friday.clock.fast_forward(65 * 3_600_000)
    until(friday, "tones.join().includes('440,330,440,330')")
    expect(friday.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert not service.do(is_anybody_there)
    asks(service, "hänellä on veitsi")
    assert not service.do(is_anybody_there)

    monday = on_duty(service, browser, complaints, "/console/bulletins")
    sounds_urgent(monday)
    expect(monday.locator("#alarms .alarm.urgent")).to_have_count(1)
    for page in (friday, monday):
        page.context.close()


def test_a_stream_that_says_that_the_session_is_over_signs_nobody_off_without_a_sound(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints)
    page.evaluate("tones.length = 0; document.dispatchEvent(new CustomEvent('stream-over'))")
    until(page, "tones.join().includes('440,330,440,330')")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    page.context.close()


def test_an_alarm_sounds_again_until_somebody_claims_and_each_has_a_line_of_its_own(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints, size=PHONE)
    asks(service, "hänellä on veitsi")
    asks(service, "hänellä on veitsi ja minä pelkään")
    expect(page.locator("#alarms .alarm.urgent")).to_have_count(2)
    check(page, "alarms-phone")
    page.evaluate("tones.length = 0")
    page.clock.fast_forward(16_000)
    sounds_urgent(page)

    for left in (1, 0):
        page.locator("#alarms").get_by_role("link", name="Open").first.click()
        page.locator("#claim").click()
        expect(page.locator("#reply")).to_be_visible()
        page.locator("#reply").fill("Soita 112")
        page.locator("#send").click()
        expect(page.locator("#alarms .alarm.urgent")).to_have_count(left)
    page.evaluate("tones.length = 0")
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("tones") == []
    page.context.close()


def test_a_phone_that_shows_two_alarms_says_how_many_there_are_besides(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints, size=PHONE)
    seen = page.locator("#alarms .alarm").locator("visible=true")
    more = page.locator("#alarms .alarm-more").locator("visible=true")
    for number, said in ((1, []), (2, []), (3, ["+1"])):
        asks(service, "hänellä on veitsi")
        expect(page.locator("#alarms .alarm.urgent")).to_have_count(number)
        expect(seen).to_have_count(min(number, 2))
        assert [each.strip() for each in more.all_inner_texts()] == said
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(seen).to_have_count(3)
    expect(more).to_have_count(0)
    page.context.close()


def test_an_alarm_that_was_heard_rests_and_comes_back(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = on_duty(service, browser, complaints)
    asks(service, "hänellä on veitsi")
    page.get_by_role("button", name="I hear it").click()
    expect(page.locator("#alarms .alarm")).to_have_count(0)
    page.evaluate("tones.length = 0")
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(1000)
    assert page.evaluate("tones") == []
    page.clock.fast_forward(65_000)
    sounds_urgent(page)
    page.context.close()


def test_who_gets_a_talk_hears_it_and_so_does_who_loses_one_and_each_reply_sounds(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    citizen = asks(service, "haluan puhua poliisille")
    giver = on_duty(service, browser, complaints)
    getter = on_duty(service, browser, complaints, roles=(Role.OFFICER, Role.SUPERVISOR))
    giver.locator(".rows .row-link").first.click()
    giver.locator("#claim").click()
    expect(giver.locator("#reply")).to_be_visible()
    giver.locator("#filter-all").click()
    expect(giver.locator("#reply")).to_have_count(0)
    giver.evaluate("tones.length = 0")
    says(service, citizen, "oletko siellä")
    until(giver, "tones.includes(740)")  # the citizen of one's own talk has written

    giver.locator(".rows .row-link").first.click()
    giver.locator("#menu-hand-on summary").click()
    giver.locator("#hand-on").click()
    expect(giver.locator("#reply")).to_have_count(0)
    until(getter, "tones.join().includes('523,659,784')")
    expect(getter.locator("#alarms .alarm").first).to_contain_text("handed you a conversation")
    getter.locator("#alarms .alarm").filter(has_text="handed").get_by_role("link", name="Open").click()
    expect(getter.locator("#reply")).to_be_visible()
    expect(getter.locator("#alarms .alarm").filter(has_text="handed")).to_have_count(0)
    for page in (giver, getter):
        page.context.close()


def test_who_loses_a_talk_hears_it_on_whatever_page_they_are(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, "haluan puhua poliisille")
    loser = on_duty(service, browser, complaints)
    chief = on_duty(service, browser, complaints, roles=(Role.OFFICER, Role.SUPERVISOR))
    loser.locator(".rows .row-link").first.click()
    loser.locator("#claim").click()
    expect(loser.locator("#reply")).to_be_visible()
    talk = loser.locator("#talk-pane").get_attribute("data-conversation")
    loser.goto(f"{service.url}/console/hours")
    loser.locator("h1").first.click()
    chief.goto(f"{service.url}/console/conversations/{talk}")
    chief.locator("[name=ground]").first.check()
    chief.get_by_role("button", name="Open the conversation").click()
    chief.get_by_role("button", name="Take over from the colleague").click()
    expect(chief.locator("#reply")).to_be_visible()

    until(loser, "tones.join().includes('784,523')")
    taken = loser.locator("#alarms .alarm").filter(has_text="has gone to somebody else")
    expect(taken).to_have_count(1)
    check(loser, "alarm-taken")
    taken.get_by_role("button", name="I hear it").click()
    expect(taken).to_have_count(0)
    for page in (loser, chief):
        page.context.close()


def test_a_push_is_shown_by_the_worker_with_no_page_of_the_staff_open_and_has_no_words(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """The push service is played by the browser's debugging interface; encryption has its own tests.

    The shell that tests run in shows no notifications: what the worker hands to the browser is looked at instead.
    """
    page = heard(service.officer(browser, login(), "en", DESKTOP), complaints)
    page.goto(f"{service.url}/console/alarms")
    check(page, "alarms")
    expect(page.locator("#push-state")).not_to_have_text("This needs JavaScript.")
    page.evaluate("""async () => {
      const words = JSON.parse(document.getElementById("alarms").dataset.words);
      await (await caches.open("neuvo-alarm-words")).put("/alarm-words", new Response(JSON.stringify(words)));
      await navigator.serviceWorker.register("/console/push-worker.js", { scope: "/console/" });
      await navigator.serviceWorker.ready;
    }""")
    worker = page.context.service_workers[0]
    worker.evaluate("""() => {
      self.shown = [];
      self.registration.showNotification = async (title, { body, tag, requireInteraction, data }) => {
        self.shown.push([title, body ?? "", tag, requireInteraction, data.path]);
      };
    }""")
    registrations: list[str] = []
    session = page.context.new_cdp_session(page)
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.goto(f"{service.url}/privacy")
    waits(lambda: bool(page.evaluate("1")) and bool(registrations), 20)
    talk = "7f0c5a3e-0000-4000-8000-000000000001"
    data = f'{{"kind": "emergency", "conversation": "{talk}"}}'
    message = {"origin": service.url, "registrationId": registrations[0], "data": data}
    session.send("ServiceWorker.deliverPushMessage", message)
    waits(lambda: bool(worker.evaluate("self.shown.length")), 20)

    shown = ["Emergency: a citizen is waiting", "", f"neuvo-{talk}", True, f"/console/conversations/{talk}"]
    assert worker.evaluate("self.shown") == [shown]
    worker.evaluate(
        """(path) => {
          self.opened = [];
          self.clients.openWindow = async (each) => { self.opened.push(each); };
          const pressed = new ExtendableEvent("notificationclick");
          pressed.notification = { close() {}, data: { path } };
          self.dispatchEvent(pressed);
        }""",
        shown[-1],
    )
    waits(lambda: worker.evaluate("self.opened") == [shown[-1]], 20)
    page.context.close()


# What a browser's push service gives out; the shell that tests run in has none.
PUSH_OF_OURS = """(address) => {
  const subscription = () => ({
    endpoint: address.endpoint,
    toJSON: () => ({ endpoint: address.endpoint, keys: { p256dh: address.p256dh, auth: address.auth } }),
    unsubscribe: async () => { sessionStorage.removeItem("push"); return true; },
  });
  PushManager.prototype.getSubscription = async () => (sessionStorage.getItem("push") ? subscription() : null);
  PushManager.prototype.subscribe = async (wanted) => {
    sessionStorage.setItem("push", wanted.applicationServerKey.length);
    return subscription();
  };
  Notification.requestPermission = async () => "granted";
}"""


# The browser has renewed its address, as its push service wanted it.
RENEWS = """(address) => {
  self.done = false;
  self.shown = [];
  self.registration.showNotification = async (title, { data }) => { self.shown.push([title, data.path]); };
  const { endpoint, p256dh, auth } = address;
  const event = new ExtendableEvent("pushsubscriptionchange");
  event.newSubscription = { endpoint, toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  event.waitUntil = (work) => { work.then(() => { self.done = true; }); };
  self.dispatchEvent(event);
}"""


def push_page(service: ConsoleServer, browser: Browser, complaints: list[str], push: PushService, *roles: Role) -> Page:
    """The page of alarms in a browser whose push service is ours."""
    page = heard(service.officer(browser, login(), "en", PHONE, *roles), complaints)
    page.add_init_script(f"({PUSH_OF_OURS})({json.dumps(vars(push.address))})")
    page.goto(f"{service.url}/console/alarms")
    expect(page.locator("#push-set")).to_be_visible()
    return page


@pytest.fixture
def push() -> Iterator[PushService]:
    push = PushService()
    push.start()
    yield push
    push.stop()


def test_who_sets_push_up_and_is_on_call_gets_the_emergency_with_every_page_closed(
    service: ConsoleServer, browser: Browser, complaints: list[str], push: PushService
) -> None:
    """From the button to the encrypted push that a browser's service receives; nobody is on duty."""
    page = push_page(service, browser, complaints, push)
    page.get_by_role("button", name="Alarm this browser", exact=True).click()
    expect(page.locator("#push-state")).to_contain_text("alarmed also when no page is open")
    page.get_by_label("I am on call").check()
    expect(page.locator("#push-state")).to_contain_text("on call")
    check(page, "alarms-on-call")
    page.reload()
    expect(page.get_by_label("I am on call")).to_be_checked()
    page.goto("about:blank")
    asks(service, "hänellä on veitsi ja minä pelkään")
    waits(lambda: bool(push.bodies), 20)

    assert [each["kind"] for each in push.received] == ["emergency"]
    assert push.received[0]["conversation"] == newest_conversation(service)
    page.goto(f"{service.url}/console/alarms")
    expect(page.locator("#push-state")).to_contain_text("on call")  # it asks the service first
    page.get_by_label("I am on call").uncheck()
    expect(page.locator("#push-state")).not_to_contain_text("on call")
    page.reload()
    expect(page.get_by_role("button", name="Alarm this browser no more")).to_be_visible()
    expect(page.get_by_label("I am on call")).not_to_be_checked()
    page.get_by_role("button", name="Alarm this browser no more").click()
    expect(page.locator("#push-set")).to_be_visible()
    page.context.close()


def test_a_browser_that_renews_its_push_address_is_still_pushed_to_and_one_that_cannot_says_so(
    service: ConsoleServer, browser: Browser, complaints: list[str], push: PushService
) -> None:
    """The worker alone tells the service the new address: no page of the staff is open, and nobody is signed in."""
    page = push_page(service, browser, complaints, push)
    page.locator("#push-set").click()
    expect(page.locator("#push-unset")).to_be_visible()
    page.get_by_label("I am on call").check()
    expect(page.locator("#push-state")).to_contain_text("on call")
    page.goto(f"{service.url}/privacy")
    page.context.clear_cookies()
    worker = page.context.service_workers[0]
    renewed = {**vars(push.address), "endpoint": f"{push.address.endpoint}/renewed"}
    worker.evaluate(RENEWS, renewed)
    waits(lambda: bool(worker.evaluate("self.done")), 20)
    assert worker.evaluate("self.shown") == []
    asks(service, "hänellä on veitsi ja minä pelkään")
    waits(lambda: bool(push.bodies), 20)
    assert push.paths == [urlsplit(renewed["endpoint"]).path]

    async def forget() -> None:
        async with service.service.database.transaction() as session:
            await session.execute(delete(PushSubscription))

    service.do(forget)
    worker.evaluate(RENEWS, {**renewed, "endpoint": f"{push.address.endpoint}/again"})
    waits(lambda: bool(worker.evaluate("self.done")), 20)
    assert worker.evaluate("self.shown") == [
        ["This browser is not alarmed any more. Set it up again.", "/console/alarms"]
    ]
    complaints[:] = [each for each in complaints if "422" not in each]
    page.context.close()


def test_a_browser_that_is_not_pushed_to_any_more_does_not_say_that_it_is(
    service: ConsoleServer, browser: Browser, complaints: list[str], push: PushService
) -> None:
    """Its push service has given the address up, or a colleague has set the browser up for themselves."""
    page = push_page(service, browser, complaints, push)
    page.locator("#push-set").click()
    expect(page.locator("#push-unset")).to_be_visible()

    async def forget() -> None:
        async with service.service.database.transaction() as session:
            await session.execute(delete(PushSubscription))

    service.do(forget)
    page.reload()
    expect(page.locator("#push-set")).to_be_visible()
    expect(page.locator("#push-state")).to_contain_text("only while a page is open")
    page.locator("#push-set").click()
    expect(page.locator("#push-unset")).to_be_visible()
    page.context.close()


def test_the_pages_of_the_staff_can_be_installed(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = heard(service.officer(browser, login(), "en", PHONE), complaints)
    page.goto(f"{service.url}/console")
    debugging = page.context.new_cdp_session(page)
    found = debugging.send("Page.getAppManifest")
    assert (found["url"], found["errors"]) == (f"{service.url}/static/staff/manifest.webmanifest", [])
    asked = json.loads(found["data"])
    assert (asked["name"], asked["start_url"], asked["display"]) == ("Neuvo", "/console", "standalone")
    assert {each["sizes"] for each in asked["icons"]} == {"any"}
    for icon in asked["icons"]:
        assert page.request.get(f"{service.url}{icon['src']}").ok
    page.context.close()


def test_the_supervisor_sees_who_is_on_with_what_and_who_waits(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    officer = on_duty(service, browser, complaints)
    asks(service, "haluan puhua poliisille")
    officer.locator(".rows .row-link").first.click()
    officer.locator("#claim").click()
    expect(officer.locator("#reply")).to_be_visible()
    asks(service, "hänellä on veitsi")
    chief = heard(service.officer(browser, login(), "fi", DESKTOP, Role.OFFICER, Role.SUPERVISOR), complaints)
    chief.goto(f"{service.url}/console")
    chief.get_by_role("link", name="Ketkä ovat vuorossa").click()
    expect(chief.locator("#officers tbody tr")).to_have_count(1)
    expect(chief.locator("#officers tbody")).to_contain_text("Example")
    expect(chief.locator("#officers tbody a")).to_have_count(1)
    expect(chief.locator("#waiting li")).to_have_count(1)
    expect(chief.locator("#waiting")).to_contain_text("Hätä")
    check(chief, "board")
    chief.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    check(chief, "board-phone")
    for page in (officer, chief):
        page.context.close()
