// Every page of the staff: says that somebody is here, and hides the page when nobody has been for long.
const lockSeconds = Number(document.body.dataset.lockSeconds);
const token = document.querySelector("meta[name=csrf-token]").content;
const unlockAddress = () => "/unlock?" + new URLSearchParams({ next: location.pathname + location.search });
export const SIGNED_OUT = "neuvo-signed-out"; // when, in any tab of this browser
let used = Date.now();
let told = Date.now();
let covered = false;
let coveredAt = 0;

// Where the menu is wider than the screen, the place where one is must be seen.
const place = document.querySelector(".frame-places [aria-current]");
if (place) {
  const menu = place.closest("ul");
  const [inner, outer] = [place.getBoundingClientRect(), menu.getBoundingClientRect()];
  menu.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  menu.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
}

export const idleSeconds = () => Math.round((Date.now() - used) / 1000);

async function tell() {
  told = Date.now();
  const answer = await fetch("/account/here", { method: "POST", headers: { "x-csrf-token": token, accept: "application/json" } });
  if (answer.status === 401) lock();
}

async function lock() {
  await fetch("/unlock/now", { method: "POST", headers: { "x-csrf-token": token }, redirect: "manual" }).catch(() => {});
  lockIfNeeded();
}

// Takes every word off the page. Whoever is alarmed stays on it: its sound is unlocked, and goes on.
export function lockIfNeeded() {
  if (covered || location.pathname === "/unlock") return;
  const screen = document.getElementById("lock-screen");
  if (!screen) return location.assign(unlockAddress());
  cover(screen);
  document.getElementById("unlock-link").href = unlockAddress();
}

export function cover(screen) {
  covered = true;
  coveredAt = Date.now();
  document.body.className = "narrow locked";
  document.querySelectorAll(".frame-places, .frame-person, .skip").forEach((each) => each.remove());
  document.getElementById("main").replaceChildren(screen.content.cloneNode(true));
  document.dispatchEvent(new CustomEvent("opened", { detail: { title: screen.dataset.title } }));
}

// `askedAt`: an answer to a question from before the lock says nothing of it.
export function unlockIfNeeded(askedAt) {
  if (covered && askedAt > coveredAt + 1_000) location.reload(); // it was unlocked in another tab
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, () => {
    used = Date.now();
    if (!covered && used - told > 60_000) tell().catch(() => {}); // without a network the server's own clock decides
  }, { passive: true, capture: true });
}

setInterval(() => {
  if (!covered && Date.now() - used > lockSeconds * 1000) lock();
}, 5_000);

// Who signs out in one tab is not called back by the others.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/sign-out") localStorage.setItem(SIGNED_OUT, Date.now());
});

// A choice of language needs no second press where script runs.
const language = document.getElementById("frame-language");
if (language) {
  const choose = () => language.form.requestSubmit();
  language.form.querySelector("button").hidden = true;
  language.addEventListener("change", choose);
  if (language.value !== document.documentElement.lang) choose(); // chosen before this script was there
}
