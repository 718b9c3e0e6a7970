// Says when the conversation that this page shows is left; that it is open, the page's heartbeat says (alarm.js).
const token = document.querySelector("meta[name=csrf-token]").content;
const shown = () => document.getElementById("talk-pane")?.dataset.conversation;

export function post(address, fields = {}, more = {}) {
  const body = new URLSearchParams(fields);
  return fetch(address, { method: "POST", body, headers: { "x-csrf-token": token, "x-live": "1" }, ...more });
}

export function leave() {
  const conversation = shown();
  if (conversation) post(`/console/conversations/${conversation}/away`, {}, { keepalive: true }).catch(() => {});
}

export function start() {
  addEventListener("pagehide", leave);
}
