// Says that this page is open, and which conversation it shows; and when it is left.
const HERE_EVERY = 10_000;
const token = document.querySelector("meta[name=csrf-token]").content;
const shown = () => document.getElementById("talk-pane")?.dataset.conversation;

export function post(address, fields = {}, more = {}) {
  const body = new URLSearchParams(fields);
  return fetch(address, { method: "POST", body, headers: { "x-csrf-token": token, "x-live": "1" }, ...more });
}

async function here() {
  const conversation = shown();
  await post("/console/here", conversation ? { conversation } : {});
}

export function leave() {
  const conversation = shown();
  if (conversation) post(`/console/conversations/${conversation}/away`, {}, { keepalive: true }).catch(() => {});
}

export function start() {
  setInterval(() => here().catch(() => {}), HERE_EVERY);
  addEventListener("pagehide", leave);
}
