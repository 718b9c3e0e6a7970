// Where the citizen writes: the field, what can be attached, the emoji, and the message that is answered or mended.

import { find, icon, make } from "./elements.js";
import { summaryOf, whoOf } from "./bubbles.js";
import { words } from "./server.js";

const EMOJIS = [..."😀😂🥲😊😍😎🤔😮😢😭😡😱🥺😬🙄😴👍👎👋🙏💪👀❤💔🔥✨🎉✅❌❓"];

const ATTACHMENTS = [
  ["picture", "image", {}],
  ["mic", "voice", {}],
  ["film", "video", {}],
  ["pin", "location", { name: words.place_name, address: words.place_address }],
  ["sticker", "sticker", {}],
  ["file", "document", {}],
  ["person", "contacts", {}],
];
const NAMES = { image: words.picture, contacts: words.contact };

export class Composer {
  constructor(send) {
    this.send = send;
    this.text = find("text");
    this.about = null;
    find("attach").append(icon("plus"));
    find("emoji").append(icon("smile"));
    find("send").append(icon("send"));
    this.panels = [new Panel("attach", "attachments"), new Panel("emoji", "emojis")];
    find("attachments").append(...ATTACHMENTS.map((entry) => this.attachment(...entry)));
    find("emojis").append(...EMOJIS.map((emoji) => this.emoji(emoji)));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "Escape" && this.about) {
        this.clearAbout();
      }
    });
    find("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const { kind = "text", fields = {} } = this.about ?? {};
    this.send(kind, { ...fields, text });
    this.text.value = "";
    this.clearAbout();
    this.text.focus();
  }

  quote(message) {
    this.setAbout(`${words.quoting}: ${whoOf(message.author)}`, message, { fields: { quoted: message.id } });
  }

  edit(message) {
    this.setAbout(words.editing, message, { kind: "edit", fields: { about: message.id } });
    this.text.value = message.text;
  }

  setAbout(title, message, about) {
    this.about = about;
    const cancel = make("button", { type: "button", class: "small", "aria-label": words.cancel, onclick: () => this.clearAbout() }, icon("close"));
    const lines = make("p", {}, make("strong", {}, title), make("span", {}, summaryOf(message)));
    find("about").replaceChildren(lines, cancel);
    find("about").hidden = false;
    this.text.focus();
  }

  clearAbout() {
    if (!this.about) return;
    if (this.about.kind === "edit") this.text.value = "";
    this.about = null;
    find("about").hidden = true;
    this.text.focus();
  }

  attachment(sign, kind, fields) {
    const attach = () => {
      this.panels[0].close();
      this.text.focus();
      this.send(kind, fields);
    };
    const circle = make("span", { class: `circle circle-${kind}` }, icon(sign));
    return make("button", { type: "button", class: "attachment", onclick: attach }, circle, make("span", {}, NAMES[kind] ?? words[kind]));
  }

  emoji(emoji) {
    const insert = () => {
      this.text.setRangeText(emoji, this.text.selectionStart, this.text.selectionEnd, "end");
    };
    return make("button", { type: "button", class: "emoji", onclick: insert }, emoji);
  }
}

class Panel {
  constructor(button, panel) {
    this.button = find(button);
    this.panel = find(panel);
    this.button.addEventListener("click", () => (this.panel.hidden ? this.open() : this.close()));
    document.addEventListener("click", (event) => {
      if (!this.panel.contains(event.target) && !this.button.contains(event.target)) this.close();
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.close();
      this.button.focus();
    });
    this.button.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  open() {
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.panel.querySelector("button").focus();
  }

  close() {
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
  }
}
