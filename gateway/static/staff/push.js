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
}

async function set() {
  if ((await Notification.requestPermission()) !== "granted") return tell("denied");
  try {
    const registration = await register();
    const key = Uint8Array.from(atob(box.dataset.key.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    await save(await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    show(true);
  } catch {
    tell("failed");
  }
}

async function unset() {
  const registration = await navigator.serviceWorker.getRegistration("/console/");
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return show(false);
  await post("/console/push/remove", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
  show(false);
}

function show(isOn) {
  tell(isOn ? "on" : "off");
  button.hidden = isOn;
  document.getElementById("push-unset").hidden = !isOn;
}

async function start() {
  document.getElementById("try-sound").addEventListener("click", () => unlock().then(() => play("emergency")));
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return tell("unsupported");
  const registration = await navigator.serviceWorker.getRegistration("/console/");
  const subscription = await registration?.pushManager.getSubscription();
  show(Boolean(subscription));
  button.addEventListener("click", () => set());
  document.getElementById("push-unset").addEventListener("click", () => unset());
  onCall.addEventListener("change", async () => {
    const current = await registration?.pushManager.getSubscription();
    if (current) save(current).catch(() => tell("failed"));
  });
}

start().catch(() => tell("failed"));
