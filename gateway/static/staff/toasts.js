// The alarms as they are seen: each a line of its own that opens its conversation, with no word of a citizen.
import { span } from "./spans.js";

const box = document.getElementById("alarms");
export const words = box ? JSON.parse(box.dataset.words) : {};
export const URGENT = new Set(["emergency", "crisis"]);
const OF_THE_PAGE = new Set(["offline", "signed_out"]); // it is not alarmed any more
const SHOWN = 4;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function toast(alarm, onHeard) {
  const since = make("time", { datetime: alarm.since, "data-since": alarm.since }, span((Date.now() - new Date(alarm.since)) / 1000));
  const says = make("p", {}, make("b", {}, words[alarm.kind]), " ", since);
  if (alarm.escalated) says.append(` · ${words.escalated}`);
  const item = make("li", { class: URGENT.has(alarm.kind) ? "alarm urgent" : "alarm", "data-key": alarm.key }, says);
  const row = make("p", { class: "alarm-row" });
  if (alarm.conversation) row.append(make("a", { class: "button small", href: `/console/conversations/${alarm.conversation}`, "data-pane": "" }, words.open));
  if (alarm.kind !== "offline") {
    const heard = make("button", { class: "second small", type: "button" }, words.heard);
    heard.addEventListener("click", () => onHeard(alarm));
    row.append(heard);
  }
  item.append(row);
  return item;
}

export function show(alarms, onHeard) {
  if (!box) return;
  const list = box.querySelector("ul");
  const shown = alarms.slice(0, SHOWN);
  const signature = shown.map((each) => each.key).join(" ") + alarms.length;
  if (list.dataset.shown === signature) return;
  list.dataset.shown = signature;
  const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
  list.replaceChildren(...shown.map((each) => toast(each, onHeard)));
  // A phone has room for two alarms, and for one beside a talk: the last that is seen says how many there are besides.
  for (const seen of [1, 2]) if (alarms.length > seen) list.children[seen - 1].querySelector("b").after(make("b", { class: "alarm-more" }, ` +${alarms.length - seen}`));
  if (alarms.length > SHOWN) list.append(make("li", { class: "alarm" }, make("a", { href: "/console" }, `${words.more} ${alarms.length - SHOWN}`)));
  box.hidden = !alarms.length;
  document.documentElement.style.setProperty("--alarms", `${box.offsetHeight}px`);
  if (focused) list.querySelector(`[data-key="${focused}"] .button, [data-key="${focused}"] button`)?.focus();
}

export function announce(kind) {
  const place = document.getElementById(URGENT.has(kind) || OF_THE_PAGE.has(kind) ? "announce-urgent" : "announce");
  if (place) place.textContent = words[kind];
}
