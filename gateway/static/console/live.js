// The doorbell: it says what has changed, and the part is fetched again. After every connection everything is fetched,
// so nothing can be lost; without a stream the page looks by itself.
import { exchange } from "./parts.js";

const LOOK_EVERY = 10_000;
const REST = 400; // between two fetches of the same part
const due = new Map(); // part of the page -> whether it must be fetched once more
let stream = null;
let open = false;

async function fetchPart(pane) {
  const answer = await fetch(pane.dataset.live, { headers: { "x-live": "1" } });
  if (answer.status === 401) return location.reload(); // the server leads to the lock or the sign-in
  if (answer.ok && pane.isConnected) exchange(await answer.text());
}

export async function refresh(pane) {
  if (!pane?.dataset.live) return;
  if (due.has(pane)) { due.set(pane, true); return; }
  due.set(pane, false);
  await fetchPart(pane).catch(() => {}); // without a network the next look tries again
  setTimeout(() => {
    const again = due.get(pane);
    due.delete(pane);
    if (again && pane.isConnected) refresh(pane);
  }, REST);
}

const queuePane = () => document.getElementById("queue-pane");
const talkPane = () => document.getElementById("talk-pane");
export const refreshAll = () => Promise.all([refresh(queuePane()), refresh(talkPane())]);

function ring(event) {
  const { queue, all, conversations } = JSON.parse(event.data);
  const shown = talkPane()?.dataset.conversation?.replaceAll("-", "");
  if (queue || all) refresh(queuePane());
  if (shown && (all || conversations.includes(shown))) refresh(talkPane());
}

function connect() {
  stream = new EventSource("/console/events");
  stream.addEventListener("open", () => { open = true; refreshAll(); });
  stream.addEventListener("error", () => { open = false; });
  stream.addEventListener("changed", ring);
  stream.addEventListener("over", () => location.reload());
}

export function start() {
  connect();
  setInterval(() => {
    if (open) return;
    refreshAll();
    if (stream.readyState === EventSource.CLOSED) connect();
  }, LOOK_EVERY);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}
