// For developers: the JSON that went over the wire, the newest on top.

import { find, icon, make } from "./elements.js";
import { words } from "./server.js";
import { timeOf } from "./bubbles.js";

const KEPT = 100;
let kept = [];
const list = find("wire-list");
const panel = find("wire");
const toggle = find("wire-toggle");

export function startWire() {
  find("wire-close").append(icon("close"));
  toggle.addEventListener("click", () => show(panel.hidden));
  find("wire-close").addEventListener("click", () => show(false));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
}

export function showWire(records) {
  kept = records.slice(-KEPT);
  draw();
}

export function addWire(record) {
  if (kept.some((known) => known.id === record.id)) return;
  kept = [...kept, record].slice(-KEPT);
  if (panel.hidden) return;
  list.querySelector(".empty")?.remove();
  list.prepend(entryOf(record));
  while (list.childElementCount > KEPT) list.lastElementChild.remove();
}

function draw() {
  // A closed panel costs nothing, however much goes over the wire.
  if (panel.hidden) return;
  list.replaceChildren(...kept.toReversed().map(entryOf));
  if (!kept.length) list.append(make("li", { class: "empty" }, words.wire_empty));
}

function show(open) {
  panel.hidden = !open;
  draw();
  find("desk").classList.toggle("with-wire", open);
  toggle.setAttribute("aria-expanded", String(open));
  (open ? find("wire-close") : toggle).focus();
}

function entryOf(record) {
  const good = record.status !== null && record.status < 300;
  const status = make("span", { class: good ? "code good" : "code bad" }, String(record.status ?? words.no_answer));
  const tries = record.attempt > 1 ? ` · ${record.attempt}. ${words.attempt}` : "";
  const title = make("span", { class: "wire-what" }, make("strong", {}, whatOf(record)), make("span", {}, `${words[`wire_${record.direction}`]}${tries}`));
  const head = make("summary", {}, make("span", { class: `arrow ${record.direction}`, "aria-hidden": "true" }, record.direction === "webhook" ? "→" : "←"), title, status, make("time", {}, timeOf(record.at)));
  const entry = make("details", {}, head);
  entry.addEventListener("toggle", () => {
    if (entry.childElementCount === 1) entry.append(...bodiesOf(record));
  });
  return make("li", { "data-id": record.id }, entry);
}

function bodiesOf(record) {
  const body = (title, content) => [make("h3", {}, title), make("pre", { tabindex: 0, "aria-label": title }, typeof content === "string" ? content : JSON.stringify(content, null, 2))];
  return [...body(words.wire_sent, record.request), ...body(words.wire_answer, record.answer ?? words.no_answer)];
}

function whatOf(record) {
  const request = record.request ?? {};
  if (record.direction === "graph") return request.status ? `status: ${request.status}` : request.type ?? "text";
  const updates = (request.entry ?? []).flatMap((entry) => entry.changes).flatMap(({ value }) => [
    ...(value.messages ?? []).map((message) => `message: ${message.type}`),
    ...(value.statuses ?? []).map((status) => `status: ${status.status}`),
  ]);
  return updates.length > 1 ? `${updates[0]} + ${updates.length - 1}` : updates[0] ?? "webhook";
}
