// Receives a push with no page open, and shows what kind of alarm it is: no word of anybody is in it.
const KEPT = "neuvo-alarm-words";

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

async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => new URL(each.url).pathname.startsWith("/console"));
  if (!page) return self.clients.openWindow(path);
  await page.focus();
  return page.navigate(path).catch(() => self.clients.openWindow(path));
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});
