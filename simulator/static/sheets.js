// What slides up from below: the list to choose from, and what can be done with a message.

import { find, icon, make } from "./elements.js";
import { summaryOf } from "./bubbles.js";
import { words } from "./server.js";

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const sheet = find("sheet");
let opener = null;

export function openList(message, onChosen) {
  const form = make("form", { method: "dialog", class: "rows" });
  message.list.sections.forEach((section) => form.append(sectionOf(section, message.used)));
  const send = make("button", { type: "submit", class: "strong", disabled: true }, words.send);
  form.append(make("div", { class: "sheet-end" }, send));
  form.addEventListener("change", () => { send.disabled = false; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form).get("row");
    close();
    if (chosen) onChosen(chosen);
  });
  open(message.list.button, form);
}

export function openOptions(message, actions) {
  const react = (emoji) => make("button", { type: "button", class: "reaction", "aria-label": `${words.react} ${emoji}`, onclick: () => run(() => actions.react(message, emoji)) }, emoji);
  const entries = [entry("reply", words.quote, () => actions.quote(message))];
  const own = message.author === "citizen";
  if (own && message.kind === "text") entries.push(entry("file", words.edit, () => actions.edit(message)));
  if (own && actions.revoke) entries.push(entry("forbidden", words.revoke, () => actions.revoke(message)));
  const quick = own ? null : make("div", { class: "reactions-row" }, ...REACTIONS.map(react));
  open(summaryOf(message).slice(0, 60), make("div", { class: "entries" }, quick, ...entries));
}

function sectionOf(section, used) {
  const rows = section.rows.map((row) =>
    make("label", { class: "row-choice" },
      make("span", { class: "row-words" }, make("span", { class: "row-title" }, row.title),
        row.description ? make("span", { class: "row-description" }, row.description) : null),
      make("input", { type: "radio", name: "row", value: row.id, checked: used.at(-1) === row.id })));
  return make("fieldset", {}, make("legend", section.title ? {} : { class: "hidden" }, section.title || words.choose), ...rows);
}

function entry(sign, title, action) {
  return make("button", { type: "button", class: "entry", onclick: () => run(action) }, icon(sign), make("span", {}, title));
}

function run(action) {
  close();
  action();
}

function open(title, content) {
  opener = document.activeElement?.dataset.focus ?? null;
  const closer = make("button", { type: "button", class: "small", "aria-label": words.close, onclick: close }, icon("close"));
  sheet.replaceChildren(make("div", { class: "sheet-bar" }, closer, make("h2", { id: "sheet-title" }, title)), content);
  sheet.showModal();
  (sheet.querySelector("input, .entries button") ?? closer).focus();
}

function close() {
  sheet.close();
}

sheet.addEventListener("close", () => {
  // The opener may have been drawn anew meanwhile.
  if (opener) document.querySelector(`[data-focus="${CSS.escape(opener)}"]`)?.focus();
});

sheet.addEventListener("click", (event) => {
  if (event.target === sheet) close();
});

sheet.addEventListener("keydown", (event) => {
  if (event.key !== "Tab") return;
  const stops = [...sheet.querySelectorAll("button:not(:disabled), input")].filter(isStop);
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge && stops.includes(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0]).focus();
});

// Of the radio buttons of one name only the chosen one, or else the first, is a stop of the Tab key.
function isStop(element, _position, all) {
  if (element.type !== "radio") return true;
  const chosen = all.find((one) => one.type === "radio" && one.checked);
  return element === (chosen ?? (document.activeElement.type === "radio" ? document.activeElement : all.find((one) => one.type === "radio")));
}
