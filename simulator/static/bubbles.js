// One message as a bubble: its words, what hangs under it, and the small print in its corner.

import { hidden, icon, make, ticks, wave } from "./elements.js";
import { formatted, isOnlyEmoji, plain } from "./text.js";
import { address, language, service, words } from "./server.js";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
const VOICE_SECONDS = 7;

export const timeOf = (at) => clock.format(new Date(at * 1000));

export function bubbleOf(message, actions) {
  if (message.kind === "link") return make("div", { class: "row system" }, make("p", {}, `${words.referral_opened}: ${message.content.ref}`));
  if (message.kind === "system") return make("div", { class: "row system" }, make("p", {}, words.number_changed));
  const bubble = make("div", { class: bubbleClass(message) }, hidden(`${whoOf(message.author)}: `));
  if (message.sender) bubble.append(make("p", { class: "sender" }, message.sender));
  if (message.forwarded) bubble.append(make("p", { class: "forwarded" }, icon("forward"), words.forwarded));
  if (message.quoted) bubble.append(quoteOf(message.quoted));
  bubble.append(...bodyOf(message));
  bubble.append(metaOf(message), reactionsOf(message));
  const row = make("div", { class: `row ${message.author}`, "data-id": message.id }, bubble);
  if (!message.revoked) row.append(...below(message, actions));
  if (!message.revoked) bubble.append(optionsOf(message, actions));
  return row;
}

export function metaOf(message) {
  const meta = make("span", { class: "meta" });
  if (message.edited && !message.revoked) meta.append(make("span", {}, words.edited));
  meta.append(make("time", { datetime: new Date(message.at * 1000).toISOString() }, timeOf(message.at)));
  if (message.author === "citizen" && !message.revoked) {
    const label = words[`status_${message.status}`];
    meta.append(make("span", { class: `tick ${message.status}`, role: "img", "aria-label": label, title: label }, ticks(message.status)));
  }
  return meta;
}

export function summaryOf(message) {
  return plain(message.text) || words[{ image: "picture", audio: "voice" }[message.kind] ?? message.kind] || words.message;
}

export const whoOf = (author) => (author === "citizen" ? words.you : service);

function bubbleClass(message) {
  const bare = message.kind === "sticker" && !message.revoked ? " bare" : "";
  const jumbo = message.kind === "text" && !message.revoked && isOnlyEmoji(message.text) ? " jumbo" : "";
  return `bubble${bare}${jumbo}`;
}

function quoteOf(quoted) {
  const lines = [make("strong", {}, whoOf(quoted.author)), make("span", {}, summaryOf(quoted))];
  return make("div", { class: `quote ${quoted.author}` }, ...lines);
}

function bodyOf(message) {
  if (message.revoked) return [make("p", { class: "revoked" }, icon("forbidden"), words.revoked)];
  const draw = DRAWINGS[message.kind];
  const parts = draw ? draw(message.content) : [];
  if (message.header) parts.push(make("p", { class: "bubble-header" }, message.header));
  if (message.text) parts.push(make("div", { class: "text" }, formatted(message.text)));
  if (message.footer) parts.push(make("p", { class: "bubble-footer" }, message.footer));
  if (!parts.length) parts.push(make("p", { class: "revoked" }, icon("warning"), words.unsupported));
  return parts;
}

const DRAWINGS = {
  image: (content) => [
    content.link
      ? fileCard("picture", content.link, "")
      : content.mime_type // a citizen's own is one sample for all
        ? make("img", { class: "picture", src: address("/samples/picture.png"), alt: words.picture_description, width: 320, height: 240 })
        : make("img", { class: "picture", src: address(`/uploads/${content.id}`), alt: words.picture }),
  ],
  video: () => [make("div", { class: "film" }, icon("play"), hidden(words.video))],
  audio: () => [
    make("div", { class: "voice" }, icon("play"), wave(), hidden(`${words.voice}, ${VOICE_SECONDS} ${words.seconds}`),
      make("span", { class: "length", "aria-hidden": "true" }, `0:0${VOICE_SECONDS}`)),
  ],
  sticker: () => [make("img", { class: "sticker", src: address("/static/sticker.svg"), alt: words.sticker, width: 120, height: 120 })],
  document: (content) => [content.id && !content.mime_type
    ? make("a", { href: address(`/uploads/${content.id}`), download: content.filename ?? "" }, fileCard("file", content.filename ?? words.document, "PDF"))
    : fileCard("file", content.filename ?? words.document, "PDF · 1 kB")],
  location: (content) => [
    make("div", { class: "place" },
      make("img", { src: address("/static/map.svg"), alt: words.location, width: 260, height: 130 }),
      make("p", {}, make("strong", {}, content.name ?? words.location), make("span", {}, content.address ?? `${content.latitude}, ${content.longitude}`))),
  ],
  contacts: (content) => content.list.map((card) => fileCard("person", card.name.formatted_name, card.phones?.[0]?.phone ?? "")),
};

function fileCard(sign, name, details) {
  const lines = make("p", {}, make("strong", {}, name), details ? make("span", {}, details) : null);
  return make("div", { class: "file" }, icon(sign), lines);
}

function reactionsOf(message) {
  if (!message.reactions.length) return "";
  return make("span", { class: "reactions" }, message.reactions.join(""));
}

function below(message, actions) {
  const buttons = message.buttons.map((button) => {
    const used = message.used.includes(button.id);
    const press = () => !used && actions.tap(message, button);
    return choice("reply", button.title, { onclick: press, "aria-disabled": used ? "true" : null, "data-focus": `${message.id} ${button.id}` });
  });
  if (message.list) {
    const open = () => actions.choose(message);
    buttons.push(choice("list", message.list.button, { onclick: open, "aria-haspopup": "dialog", "data-focus": `${message.id} list` }));
  }
  if (message.link) {
    const attributes = { class: "choice", href: message.link.address, target: "_blank", rel: "noopener noreferrer" };
    buttons.push(make("a", attributes, icon("link"), make("span", {}, message.link.title)));
  }
  return buttons.length ? [make("div", { class: message.quick ? "choices quick" : "choices" }, ...buttons)] : [];
}

function choice(sign, title, attributes) {
  return make("button", { type: "button", class: "choice", ...attributes }, icon(sign), make("span", {}, title));
}

function optionsOf(message, actions) {
  const label = `${words.options}: ${summaryOf(message).slice(0, 40)}`;
  const attributes = { type: "button", class: "options", "aria-label": label, "aria-haspopup": "dialog", "data-focus": `${message.id} options` };
  return make("button", { ...attributes, onclick: () => actions.options(message) }, icon("more"));
}
