// Every page of an officer, locked or not: says that it is open, and sounds what waits until somebody has taken it.
import { SIGNED_OUT, cover, idleSeconds, lockIfNeeded, unlockIfNeeded } from "./staff.js";
import { play, prepare, showButtons } from "./sound.js";
import { connect } from "./stream.js";
import { URGENT, announce, show, words } from "./toasts.js";

const HERE_EVERY = 5_000;
const REST = 700; // between two requests for the same news
const LOST_AFTER = 30_000;
// How often an alarm sounds again, and how long a line stays where nothing more is to be done.
const AGAIN = { emergency: 15_000, crisis: 15_000, handed: 60_000, follow_up: 60_000, assigned: 60_000, taken: 60_000, off_duty: 60_000, offline: 60_000, signed_out: 60_000, waiting: 120_000, mine: Infinity };
const SHOWN_FOR = { waiting: 30_000, mine: 15_000 };
const HEARD_FOR = 120_000;
const KEPT = "neuvo-alarms";
const token = document.querySelector("meta[name=csrf-token]").content;
let title = document.title;
let news = null;
let first = true;
let failing = null; // since when nobody answers
let over = null; // since when the session of this page, which watched the queue, is over
let asking = false;
let asked = 0;

const open = () => document.getElementById("talk-pane")?.dataset.conversation;

// What this browser has sounded and heard already, so that two tabs do not sound twice.
const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "{}");
const keep = (memory) => localStorage.setItem(KEPT, JSON.stringify(memory));

function sound(alarm, memory, now) {
  const known = memory[alarm.key];
  if (!known) {
    const quiet = first && (alarm.kind === "waiting" || alarm.kind === "mine");
    memory[alarm.key] = { begun: quiet ? 0 : now, sounded: quiet ? now : 0, heard: 0 };
    if (quiet) return false;
    announce(alarm.kind);
    notify(alarm);
  }
  const { sounded, heard } = memory[alarm.key];
  if (now - heard < HEARD_FOR || (sounded && now - sounded < AGAIN[alarm.kind])) return false;
  if (known && sounded && isWatched(alarm)) return false;
  return true;
}

// Whoever reads the conversation needs no second call to it.
const isWatched = (alarm) => alarm.conversation === open() && document.visibilityState === "visible" && alarm.kind === "mine";

function notify(alarm) {
  // Neither who writes nor what: the screen may be seen by others.
  if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
  const note = new Notification(words[alarm.kind], { tag: `neuvo-${alarm.conversation ?? alarm.kind}`, requireInteraction: URGENT.has(alarm.kind) });
  note.onclick = () => { window.focus(); if (alarm.conversation) location.assign(`/console/conversations/${alarm.conversation}`); note.close(); };
}

function heard(alarm) {
  if (alarm.kind === "signed_out") return location.reload();
  const memory = kept();
  memory[alarm.key] = { ...memory[alarm.key], heard: Date.now() };
  keep(memory);
  if (alarm.alert) post(`/console/alerts/${alarm.alert}/seen`).then(ask).catch(() => {});
  heed();
}

function isShown(alarm, memory, now) {
  const { begun, heard: heardAt } = memory[alarm.key] ?? { begun: 0, heard: 0 };
  if (now - heardAt < HEARD_FOR || isWatched(alarm)) return false;
  return now - begun < (SHOWN_FOR[alarm.kind] ?? Infinity);
}

// Whoever relies on a page that is not alarmed any more must hear it.
function ofThePage(now) {
  const alarm = (kind, since) => [{ key: kind, kind, since: new Date(since).toISOString() }];
  if (over) return alarm("signed_out", over);
  return failing && now - failing > LOST_AFTER && news?.on_duty ? alarm("offline", failing) : [];
}

function heed() {
  const now = Date.now();
  const alarms = [...ofThePage(now), ...(over ? [] : news?.alarms ?? [])];
  const memory = Object.fromEntries(Object.entries(kept()).filter(([key]) => !news || alarms.some((each) => each.key === key)));
  const due = alarms.filter((each) => sound(each, memory, now));
  // The most urgent comes first, and one sound at a time is enough.
  if (due.length && play(due[0].kind)) due.forEach((each) => { memory[each.key].sounded = now; });
  keep(memory);
  show(alarms.filter((each) => isShown(each, memory, now)), heard);
}

function count() {
  document.title = news.waiting ? `(${news.waiting}) ${title}` : title;
  const badge = document.getElementById("frame-duty");
  if (badge) {
    badge.hidden = !news.on_duty;
    badge.querySelector("[data-count]").textContent = news.waiting;
  }
  document.querySelectorAll("[data-lock-count]").forEach((each) => { each.textContent = news.waiting; });
}

function post(address, fields = {}) {
  return fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { "x-csrf-token": token, "x-live": "1", accept: "application/json" } });
}

async function ask() {
  if (asking) return;
  asking = true;
  const askedAt = Date.now();
  asked = askedAt;
  try {
    const conversation = open();
    const answer = await post("/console/here", { idle: idleSeconds(), ...(conversation ? { conversation } : {}) });
    if (answer.status === 401) return isOver();
    if (!answer.ok) throw new Error(answer.status);
    const before = news;
    news = await answer.json();
    first ||= news.on_duty && !before?.on_duty; // what waits already when a shift begins is seen in the queue
    failing = over = null;
    if (news.on_duty) { prepare(); connect(); showButtons(); }
    if (news.locked) lockIfNeeded(); else unlockIfNeeded(askedAt);
    count();
    heed();
    first = false;
  } catch {
    failing ??= Date.now();
    heed(); // without a network; the next look tries again
  } finally {
    asking = false;
  }
}

// The words go, the page and its sound stay: a sign-in that nobody has asked for makes none.
function isOver() {
  if (!news?.on_duty || Date.now() - Number(localStorage.getItem(SIGNED_OUT)) < HEARD_FOR) return location.reload();
  if (!over) cover(document.getElementById("over-screen"));
  over ??= Date.now();
  document.getElementById("frame-duty").hidden = true;
  document.title = title;
  heed();
}

// A browser that could not say in time that its push address is another one says it now.
navigator.serviceWorker?.getRegistration("/console/").then((each) => each?.active?.postMessage("check-address")).catch(() => {});

let soon = null;
export function look() {
  clearTimeout(soon);
  soon = setTimeout(ask, Math.max(0, asked + REST - Date.now()));
}

for (const name of ["stream-open", "stream-changed", "refused"]) document.addEventListener(name, look);
document.addEventListener("opened", ({ detail }) => { title = detail.title; look(); });
document.addEventListener("visibilitychange", look);
document.addEventListener("stream-over", isOver); // a page that only reloaded would sign its officer off without a sound
setInterval(() => { if (Date.now() - asked >= HERE_EVERY - 500) ask(); else heed(); }, HERE_EVERY);
setInterval(() => { if (news) heed(); }, 3_000);
ask();
