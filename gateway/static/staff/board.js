// The supervisor's board looks again by itself, and leaves the focus where it is.
const LOOK_EVERY = 10_000;

async function look() {
  const old = document.getElementById("board");
  if (!old || document.hidden) return;
  const answer = await fetch(old.dataset.live, { headers: { accept: "text/html" } });
  if (answer.redirected || !answer.ok) return; // signed out or locked: the alarm's page says so
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
  if (!fresh || fresh.innerHTML === old.innerHTML) return;
  const focused = document.activeElement?.getAttribute("href");
  old.replaceWith(document.adoptNode(fresh));
  if (focused) document.querySelector(`#board a[href="${focused}"]`)?.focus({ preventScroll: true });
}

document.addEventListener("visibilitychange", () => look().catch(() => {}));
setInterval(() => look().catch(() => {}), LOOK_EVERY);
