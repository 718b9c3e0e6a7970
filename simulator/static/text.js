// WhatsApp's way to write bold, italic, struck, monospaced, quoted and listed text, and links, as safe elements.

import { make } from "./elements.js";

const ENDINGS = "fi|com|org|net|eu|se|ax|info|gov|edu|io|chat";
const LINK = String.raw`https?:\/\/[^\s<>]+|(?<![\p{L}\p{N}@.])(?:[a-z0-9-]+\.)+(?:${ENDINGS})(?![\p{L}\p{N}])(?:\/[^\s<>]*)?`;
const CALL = String.raw`(?<![\d+])(?:\+\d{1,3}|0\d{1,3}|116)(?:[  -]?\d{2,4}){1,4}(?!\d)`;
const MARKED = "(?<![\\p{L}\\p{N}])(?:`([^`\\n]+)`|([*_~])(?=\\S)([^\\n]+?)(?<=\\S)\\2(?![\\p{L}\\p{N}]))";
const INLINE = new RegExp(`${MARKED}|(${LINK})|(${CALL})`, "giu");
const TAGS = { "*": "strong", _: "em", "~": "s" };
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\s)+$/u;

export function formatted(text) {
  const fragment = document.createDocumentFragment();
  // Every second part stood between three backticks.
  text.split(/```([\s\S]+?)```/u).forEach((part, position) => {
    if (position % 2) fragment.append(make("code", part.includes("\n") ? { class: "block" } : {}, part.trim()));
    else if (part) addLines(fragment, part);
  });
  return fragment;
}

export const plain = (text) => formatted(text).textContent;

export function isOnlyEmoji(text) {
  const trimmed = text.trim();
  return trimmed !== "" && EMOJI.test(trimmed) && [...new Intl.Segmenter().segment(trimmed)].length <= 3;
}

function addLines(parent, text) {
  let list = null;
  text.split("\n").forEach((line, position) => {
    const item = /^([-*]|\d{1,2}\.) (.+)$/u.exec(line);
    if (item) {
      const tag = /\d/u.test(item[1]) ? "ol" : "ul";
      if (!list || list.localName !== tag) parent.append((list = make(tag, tag === "ol" ? { start: parseInt(item[1], 10) } : {})));
      const entry = make("li");
      addInline(entry, item[2]);
      list.append(entry);
      return;
    }
    const afterBlock = list !== null;
    list = null;
    const quoted = /^> (.+)$/u.exec(line);
    if (quoted) {
      const quote = make("blockquote");
      addInline(quote, quoted[1]);
      parent.append(quote);
      return;
    }
    if (position > 0 && !afterBlock && parent.lastChild?.localName !== "blockquote") parent.append("\n");
    addInline(parent, line);
  });
}

function addInline(parent, text) {
  let done = 0;
  for (const match of text.matchAll(INLINE)) {
    parent.append(text.slice(done, match.index));
    done = match.index + match[0].length;
    const [, code, mark, inner, link, call] = match;
    if (code) parent.append(make("code", {}, code));
    else if (mark) addMarked(parent, mark, inner);
    else if (link) addLink(parent, link);
    else addCall(parent, call);
  }
  parent.append(text.slice(done));
}

function addMarked(parent, mark, inner) {
  const element = make(TAGS[mark]);
  addInline(element, inner);
  parent.append(element);
}

function addLink(parent, found) {
  const shown = found.replace(/[.,;:!?)'"*_~\]]+$/u, "");
  let address = null;
  try {
    address = new URL(/^https?:/iu.test(shown) ? shown : `https://${shown}`);
  } catch {
    parent.append(found);
    return;
  }
  parent.append(make("a", { href: address.href, target: "_blank", rel: "noopener noreferrer" }, shown));
  parent.append(found.slice(shown.length));
}

function addCall(parent, found) {
  const digits = found.replace(/[^\d+]/gu, "");
  parent.append(digits.length >= 6 ? make("a", { href: `tel:${digits}` }, found) : found);
}
