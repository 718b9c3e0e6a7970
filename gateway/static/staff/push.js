// The page of alarms: tries the sound, and lets this browser be alarmed with no page open.
import { play, unlock } from "./sound.js";
import { words } from "./toasts.js";

const box = document.getElementById("push");
const said = JSON.parse(box.dataset.words);
const token = document.querySelector("meta[name=csrf-token]").content;
const button = document.getElementById("push-set");
const onCall = document.getElementById("push-on-call");
const tell = (code) => { document.getElementById("push-state").textContent = said[code]; };

function post(address, fields) {
  return fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { "x-csrf-token": token, accept: "application/json" } });
}

async function register() {
  await (await caches.open("neuvo-alarm-words")).put("/alarm-words", new Response(JSON.stringify(words)));
  await navigator.serviceWorker.register("/console/push-worker.js", { scope: "/console/" });
  return navigator.serviceWorker.ready;
}

async function save(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const answer = await post("/console/push", { endpoint, ...keys, on_call: onCall.checked });
  if (!answer.ok) throw new Error(answer.status);
  await keepAddress({ endpoint, ...keys, key: box.dataset.key });
  show({ known: true, on_call: onCall.checked });
}

// What the worker must know to renew the address when the browser does, with no page open.
async function keepAddress(address) {
  const cache = await caches.open("neuvo-push-address");
  await (address ? cache.put("/push-address", new Response(JSON.stringify(address))) : cache.delete("/push-address"));
}

const subscribed = async () => (await navigator.serviceWorker.getRegistration("/console/"))?.pushManager.getSubscription();

// Whether the service pushes to this browser, for this person: the browser alone does not know it.
async function kept(subscription) {
  if (!subscription) return { known: false, on_call: false };
  const answer = await post("/console/push/state", { endpoint: subscription.endpoint });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function set() {
  if ((await Notification.requestPermission()) !== "granted") return tell("denied");
  try {
    const registration = await register();
    const key = Uint8Array.from(atob(box.dataset.key.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    await save(await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  } catch {
    tell("failed");
  }
}

async function unset() {
  const subscription = await subscribed();
  if (subscription) {
    const answer = await post("/console/push/remove", { endpoint: subscription.endpoint });
    if (!answer.ok) throw new Error(answer.status);
    await keepAddress(null);
    await subscription.unsubscribe();
  }
  show({ known: false, on_call: onCall.checked });
}

function show({ known, on_call }) {
  tell(known ? (on_call ? "on_call" : "on") : "off");
  onCall.checked = on_call;
  button.hidden = known;
  document.getElementById("push-unset").hidden = !known;
}

// Who reads that they are on call must be: what was not kept is not shown.
async function change() {
  try {
    await save(await subscribed());
  } catch (error) {
    onCall.checked = !onCall.checked;
    throw error;
  }
}

async function start() {
  document.getElementById("try-sound").addEventListener("click", () => unlock().then(() => play("emergency")));
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return tell("unsupported");
  show(await kept(await subscribed()));
  button.addEventListener("click", () => set());
  document.getElementById("push-unset").addEventListener("click", () => unset().catch(() => tell("failed")));
  onCall.addEventListener("change", () => { if (button.hidden) change().catch(() => tell("failed")); });
}

start().catch(() => tell("failed"));
