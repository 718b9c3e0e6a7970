// A phone's keyboard makes the screen smaller without telling the style sheet: the page is as high as what can be seen.
export function start() {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => document.documentElement.style.setProperty("--screen", `${view.height}px`);
  view.addEventListener("resize", fit);
  fit();
}
