// The console's part of the alarms: a shift begins with its sound, and what is written in the open talk is read aloud.
import { play, showButtons, unlock } from "../staff/sound.js";
import { words } from "./words.js";

function heedTalk(talk, heard) {
  const fresh = [...talk.querySelectorAll("[data-heard]")].filter((each) => !heard.has(each.id));
  if (!fresh.length) return;
  const urgent = fresh.some((each) => "urgent" in each.dataset);
  const said = fresh.map((each) => each.dataset.heard).join(" ");
  document.getElementById(urgent ? "announce-urgent" : "announce").textContent = `${words().wrote} ${said}`;
}

export function start() {
  document.addEventListener("part", ({ detail }) => {
    if (detail.part.id === "talk") heedTalk(detail.part, detail.heard);
    if (detail.part.id === "duty") showButtons();
  });
  document.addEventListener("opened", showButtons);
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "start-shift") return;
    unlock().then(() => play("waiting")).catch(() => {});
    if ("Notification" in window && Notification.permission === "default") Notification.requestPermission();
  });
}
