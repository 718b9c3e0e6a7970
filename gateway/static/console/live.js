// Fetches what has changed. After every connection everything is fetched, so nothing can be lost; without a stream the
// page looks by itself.
import { connect, isOpen } from "../staff/stream.js";
import { go } from "./navigation.js";
import { exchange } from "./parts.js";

const LOOK_EVERY = 10_000;
const REST = 400; // between two fetches of the same part
const due = new Map(); // part of the page -> the fetch under way, and the one after it where somebody asks for one

async function fetchPart(pane) {
  const answer = await fetch(pane.dataset.live, { headers: { "x-live": "1", accept: "application/json" } });
  if (answer.status === 401) return document.dispatchEvent(new Event("refused")); // locked, or over: the alarm's page asks
  if (answer.status === 403) return go(location.pathname); // it is somebody else's now: the page asks why it is read
  if (answer.ok && pane.isConnected) exchange(await answer.text());
}

// The promise ends when something fetched after this call is on the page, also where another fetch was under way.
export function refresh(pane) {
  if (!pane?.isConnected || !pane.dataset.live) return Promise.resolve();
  const running = due.get(pane);
  if (running) return (running.next ??= running.rested.then(() => refresh(pane)));
  const fetched = fetchPart(pane).catch(() => {}); // without a network the next look tries again
  const rested = fetched.then(() => new Promise((rest) => { setTimeout(rest, REST); })).then(() => due.delete(pane));
  due.set(pane, { rested, next: null });
  return fetched;
}

const queuePane = () => document.getElementById("queue-pane");
const talkPane = () => document.getElementById("talk-pane");
export const refreshAll = () => Promise.all([refresh(queuePane()), refresh(talkPane())]);

function changed({ detail }) {
  const { queue, all, conversations } = detail;
  const shown = talkPane()?.dataset.conversation?.replaceAll("-", "");
  if (queue || all) refresh(queuePane());
  if (shown && (all || conversations.includes(shown))) refresh(talkPane());
}

export function start() {
  document.addEventListener("stream-open", refreshAll);
  document.addEventListener("stream-changed", changed);
  connect();
  setInterval(() => {
    if (isOpen()) return;
    refreshAll();
    connect();
  }, LOOK_EVERY);
}
