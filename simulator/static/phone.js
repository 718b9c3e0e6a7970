// The page: phones as tabs, one chat on the screen, and a live stream that brings what changes.

import { find, hidden, icon, make } from "./elements.js";
import { get, listen, post, words } from "./server.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { timeOf } from "./bubbles.js";
import { openList, openOptions } from "./sheets.js";
import { addWire, showWire, startWire } from "./wire.js";

const NAMES = ["Elias", "Saga", "Noah", "Yusuf", "Emma", "Oliver", "Amina", "Leo", "Iida", "Sofia"];
// Under a load thousands write: only the newest have a tab, and the one that is open.
const TABS = 30;
const SOON = 100; // milliseconds in which changes are gathered
const phones = new Map();
const unread = new Map();
let active = null;
let stream = null;
let typingEnds = null;
let missed = null;
let drawing = 0;
// A person may be faster than the first answer of the server, which says whose phone this is.
let tellKnown = null;
const phoneKnown = new Promise((resolve) => { tellKnown = resolve; });

const conversation = new Conversation({
  tap: (message, button) => send("button_reply", { about: message.id, choice: button.id }),
  choose: (message) => openList(message, (choice) => send("list_reply", { about: message.id, choice })),
  options: (message) => openOptions(message, {
    quote: (about) => composer.quote(about),
    edit: (about) => composer.edit(about),
    react: (about, emoji) => send("reaction", { about: about.id, emoji }),
    // Messenger tells nobody of a message that was taken back.
    revoke: platformOf(active) === "messenger" ? null : (about) => send("revoke", { about: about.id }),
  }),
});
const composer = new Composer(send);

async function send(kind, fields) {
  find("problem").textContent = "";
  await phoneKnown;
  try {
    await post(`/phones/${active}/messages`, { kind, ...fields });
  } catch {
    find("problem").textContent = words.failed;
    if (fields.text && !find("text").value) find("text").value = fields.text;
  }
}

const platformOf = (id) => phones.get(id)?.platform ?? "whatsapp";
const platformName = (phone) => ({ messenger: "Messenger", instagram: "Instagram" }[phone.platform]);

function withTab() {
  const all = [...phones.values()];
  return all.filter((phone, place) => phone.id === active || place >= all.length - TABS);
}

function drawTabsSoon() {
  drawing ||= setTimeout(drawTabs, SOON);
}

function drawTabs() {
  clearTimeout(drawing);
  drawing = 0;
  const tabs = withTab().map((phone) => {
    const selected = phone.id === active;
    const count = unread.get(phone.id) ?? 0;
    return make("button", { type: "button", role: "tab", class: "tab", id: `tab-${phone.id}`, "aria-selected": String(selected), "aria-controls": "screen", tabindex: selected ? 0 : -1, onclick: () => select(phone.id) },
      make("span", { class: "initial", "aria-hidden": "true" }, phone.name.slice(0, 1)),
      make("span", { class: "tab-words" }, make("span", { class: "tab-name" }, phone.name), make("span", { class: "tab-number" }, platformName(phone) ?? phone.number ?? phone.username ?? phone.user_id)),
      count ? make("span", { class: "count" }, String(count), hidden(` ${words.unread}`)) : null);
  });
  const hadFocus = find("tabs").contains(document.activeElement);
  find("tabs").replaceChildren(...tabs);
  find("screen").setAttribute("aria-labelledby", `tab-${active}`);
  find("screen").dataset.platform = platformOf(active);
  if (hadFocus) find(`tab-${active}`)?.focus();
}

function select(id) {
  active = id;
  tellKnown();
  conversation.replaceAll([]);
  showTyping(0);
  unread.delete(id);
  sessionStorage.setItem("phone", id);
  drawTabs();
  connect();
}

function connect() {
  stream?.close();
  stream = listen(document.hidden ? null : active, change, (connected) => {
    document.body.classList.toggle("offline", !connected);
    showPresence(words.online);
  });
}

async function refetch() {
  // What happens while the answer is on its way is newer than the answer.
  missed ??= [];
  const known = await get("/phones");
  phones.clear();
  known.forEach((phone) => phones.set(phone.id, phone));
  if (!known.length) {
    // Everything was forgotten; the server makes a first phone for a fresh page.
    location.reload();
    return;
  }
  if (!phones.has(active)) {
    select(phones.has(sessionStorage.getItem("phone")) ? sessionStorage.getItem("phone") : known.at(-1).id);
    return;
  }
  const wanted = active;
  const [chat, records] = await Promise.all([get(`/phones/${wanted}`), get("/wire")]);
  if (wanted !== active) return;
  drawTabs();
  conversation.replaceAll(chat.messages);
  showTyping(chat.typing);
  showWire(records);
  const late = missed ?? [];
  missed = null;
  late.forEach(change);
}

function change(event) {
  if (event.kind === "refetch") refetch().catch(() => { missed = null; });
  else if (event.kind === "reconnect") connect();
  else if (missed) missed.push(event);
  else if (event.kind === "wire") addWire(event.record);
  else if (event.kind === "typing" && event.phone_id === active) showTyping(event.seconds);
  else if (event.kind === "phone") {
    phones.set(event.phone.id, event.phone);
    drawTabsSoon();
  } else if (event.kind === "message") putMessage(event);
}

function putMessage({ phone_id: phone, message }) {
  if (phone === active) {
    conversation.put(message);
  } else if (message.author === "service" && message.status === "delivered") {
    unread.set(phone, (unread.get(phone) ?? 0) + 1);
    drawTabsSoon();
  }
}

function showTyping(seconds) {
  clearTimeout(typingEnds);
  const typing = find("typing");
  if (seconds <= 0) {
    typing.replaceChildren();
    showPresence(words.online);
    return;
  }
  const follow = conversation.isNearEnd();
  const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  typing.replaceChildren(hidden(words.typing_bubble), dots);
  showPresence(words.typing);
  if (follow) conversation.scrollDown();
  typingEnds = setTimeout(() => showTyping(0), seconds * 1000);
}

// Whoever is not reached is not there, however their typing ended.
function showPresence(text) {
  find("presence").textContent = document.body.classList.contains("offline") ? words.reconnecting : text;
}

function startTabs() {
  find("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const ids = withTab().map((phone) => phone.id);
    const goal = event.key === "Home" ? 0 : event.key === "End" ? ids.length - 1 : ids.indexOf(active) + (step ?? 0);
    if (!step && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    select(ids[(goal + ids.length) % ids.length]);
  });
}

function startNewPhone() {
  const card = find("new-phone-card");
  find("new-phone").addEventListener("click", () => {
    find("phone-name").value = NAMES[(phones.size - 1) % NAMES.length];
    card.showModal();
    find("phone-name").select();
  });
  // Only on WhatsApp has anybody a number.
  find("new-phone-form").addEventListener("change", (event) => {
    if (event.target.name === "platform") find("known-by").hidden = event.target.value !== "whatsapp";
  });
  find("new-phone-cancel").addEventListener("click", () => card.close());
  find("new-phone-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = find("phone-name").value.trim();
    const chosen = new FormData(event.target);
    const platform = chosen.get("platform") ?? "whatsapp";
    const byUsername = platform === "whatsapp" && chosen.get("known") === "username";
    const username = byUsername ? `@${name.toLowerCase().replace(/[^a-z0-9]/gu, "")}${phones.size + 1}` : null;
    const phone = await post("/phones", { name, without_number: byUsername, username, platform });
    // Only now: until then the page shows another phone, and would write with it.
    card.close();
    phones.set(phone.id, phone);
    closeTools();
    select(phone.id);
    find("text").focus();
  });
}

function closeTools() {
  find("tools").classList.remove("open");
  find("tools-toggle").setAttribute("aria-expanded", "false");
}

function startTools() {
  const toggle = find("tools-toggle");
  toggle.append(icon("menu"));
  toggle.addEventListener("click", () => {
    const open = find("tools").classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  });
  find("wire-toggle").addEventListener("click", closeTools);
  find("status-icons").append(icon("signal"), icon("battery"));
  const tellTime = () => { find("status-time").textContent = timeOf(Date.now() / 1000); };
  tellTime();
  setInterval(tellTime, 20000);
}

startTabs();
startNewPhone();
startTools();
startWire();
document.addEventListener("visibilitychange", connect);
change({ kind: "refetch" });
