// Receives a push with no page open, and shows what kind of alarm it is: no word of anybody is in it.
const KEPT = "neuvo-alarm-words";
const KEPT_ADDRESS = "neuvo-push-address";

async function words() {
  const kept = await (await caches.open(KEPT)).match("/alarm-words");
  return kept ? kept.json() : {};
}

async function show(data) {
  const { kind, conversation } = data?.json() ?? {};
  const urgent = kind === "emergency" || kind === "crisis";
  await self.registration.showNotification((await words())[kind] ?? "Neuvo", {
    tag: `neuvo-${conversation}`, renotify: true, requireInteraction: urgent, icon: "/static/chat/neuvo.svg",
    data: { path: `/console/conversations/${conversation}` },
  });
}

// The browser has renewed its address, or had to give it up: what the service pushes to must follow it.
async function renew({ oldSubscription, newSubscription } = {}) {
  const cache = await caches.open(KEPT_ADDRESS);
  const kept = await cache.match("/push-address");
  const before = kept ? await kept.json() : oldSubscription && addressOf(oldSubscription);
  if (!before) return;
  const manager = self.registration.pushManager;
  try {
    const renewed = newSubscription ?? (await manager.getSubscription())
      ?? (await manager.subscribe({ userVisibleOnly: true, applicationServerKey: before.key ?? oldSubscription.options.applicationServerKey }));
    const address = { ...addressOf(renewed), key: before.key };
    if (address.endpoint === before.endpoint) return;
    const fields = { old_endpoint: before.endpoint, old_auth: before.auth, endpoint: address.endpoint, p256dh: address.p256dh, auth: address.auth };
    const answer = await fetch("/console/push/renew", { method: "POST", body: new URLSearchParams(fields) });
    if (answer.ok) return cache.put("/push-address", new Response(JSON.stringify(address)));
    if (answer.status >= 500 || answer.status === 429) return; // the next page that opens tries again
  } catch (error) {
    if (error instanceof TypeError) return; // without a network: likewise
  }
  // Whoever relies on this browser must hear that it is silent.
  await cache.delete("/push-address");
  await self.registration.showNotification((await words()).push_lost ?? "Neuvo", {
    tag: "neuvo-push-lost", requireInteraction: true, icon: "/static/chat/neuvo.svg", data: { path: "/console/alarms" },
  });
}

function addressOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, ...keys };
}

async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => new URL(each.url).pathname.startsWith("/console"));
  if (!page) return self.clients.openWindow(path);
  await page.focus();
  return page.navigate(path).catch(() => self.clients.openWindow(path));
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
self.addEventListener("message", (event) => { if (event.data === "check-address") event.waitUntil(renew()); });
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});
