// The bubbles of one phone in order; a tick that turns blue changes the tick alone, so that nothing is read twice.

import { find, make } from "./elements.js";
import { bubbleOf, metaOf } from "./bubbles.js";
import { language, words } from "./server.js";

const NEAR = 120;
const dayName = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });

export class Conversation {
  constructor(actions) {
    this.actions = actions;
    this.messages = [];
    this.scroller = find("scroller");
    this.log = find("log");
  }

  replaceAll(messages) {
    this.log.setAttribute("aria-busy", "true");
    this.messages = messages;
    this.log.replaceChildren();
    messages.forEach((message, position) => this.append(message, messages[position - 1]));
    this.scrollDown();
    this.log.removeAttribute("aria-busy");
  }

  put(message) {
    const position = this.messages.findIndex((known) => known.id === message.id);
    if (position >= 0) this.change(position, message);
    else if (message.visible) this.add(message);
  }

  add(message) {
    const last = this.messages.at(-1);
    if (last && last.at > message.at) {
      this.replaceAll([...this.messages, message].sort((one, other) => one.at - other.at));
      return;
    }
    const follow = this.isNearEnd() || message.author === "citizen";
    this.messages.push(message);
    this.append(message, last);
    if (follow) this.scrollDown();
  }

  change(position, message) {
    const before = this.messages[position];
    this.messages[position] = message;
    const row = this.log.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
    if (!row) return;
    if (sameButStatus(before, message)) {
      row.querySelector(".meta").replaceWith(metaOf(message));
      return;
    }
    const focus = row.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const follow = this.isNearEnd();
    const fresh = bubbleOf(message, this.actions);
    row.replaceWith(fresh);
    if (focus) fresh.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    if (follow) this.scrollDown();
  }

  append(message, before) {
    const day = dayOf(message.at);
    if (!before || dayOf(before.at) !== day) this.log.append(make("p", { class: "day" }, day));
    this.log.append(bubbleOf(message, this.actions));
  }

  isNearEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;
  }

  scrollDown() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

function sameButStatus(one, other) {
  const plain = (message) => JSON.stringify({ ...message, status: null, error: null });
  return plain(one) === plain(other);
}

function dayOf(at) {
  const then = new Date(at * 1000);
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(new Date()) - midnight(then)) / 86400000);
  return days === 0 ? words.today : days === 1 ? words.yesterday : dayName.format(then);
}
