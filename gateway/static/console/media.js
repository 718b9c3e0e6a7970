// A citizen's file that the platform does not give any more leaves an empty strip: it goes, and a sentence says so.
const shown = document.querySelector("main :is(img, video, audio)");

function lose() {
  const place = shown.parentElement;
  if (place.previousElementSibling?.matches(".choice")) place.previousElementSibling.remove(); // nothing to show clearly
  place.remove();
  const lost = document.getElementById("lost");
  lost.hidden = false;
  lost.textContent = lost.dataset.sentence; // after it is there: else a screen reader does not say it
}

shown?.addEventListener("error", lose);
// The answer may have come before this script.
if (shown?.error || (shown?.complete && shown.naturalWidth === 0)) lose();
