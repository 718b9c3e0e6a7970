// Neuvo's button for other sites: opens the chat in a frame. Nothing is loaded, sent or stored before it is pressed.
//   <script src="https://…/chat/widget.js" data-language="fi" data-source="poliisi-fi" defer></script>
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const WORDS = {
    fi: { open: "Kysy poliisilta", close: "Sulje chat", title: "Helsingin poliisin neuvontachat" },
    sv: { open: "Fråga polisen", close: "Stäng chatten", title: "Helsingforspolisens rådgivningschatt" },
    en: { open: "Ask the police", close: "Close the chat", title: "Helsinki Police advice chat" },
  };
  const wanted = (script.dataset.language || document.documentElement.lang || "fi").slice(0, 2).toLowerCase();
  const language = WORDS[wanted] ? wanted : "fi";
  const words = WORDS[language];

  // In a shadow of its own, so that neither page's styles reach the other.
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    .open { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; min-height: 52px; padding: 0 22px; border: 2px solid #fff;
      border-radius: 26px; background: #0b4f8a; color: #fff; font: 700 17px/1.2 system-ui, sans-serif; cursor: pointer; box-shadow: 0 4px 18px #0006; }
    .open:hover { background: #083c69; }
    .open:focus-visible { outline: 3px solid #0b4f8a; outline-offset: 3px; }
    .panel { position: fixed; right: 20px; bottom: 84px; z-index: 2147483001; width: min(410px, calc(100vw - 40px)); height: min(680px, calc(100dvh - 104px));
      border: 1px solid #6f808c; border-radius: 16px; overflow: hidden; background: #fff; box-shadow: 0 10px 40px #0005; }
    .panel[hidden] { display: none; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 480px), (max-height: 480px) { .panel { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; } }
  `);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  button.type = "button";
  button.className = "open";
  button.textContent = words.open;
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-haspopup", "dialog");
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.hidden = true;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", words.title);
  root.append(button, panel);
  let frame = null;

  function show(open) {
    if (open && !frame) {
      frame = document.createElement("iframe");
      frame.title = words.title;
      frame.setAttribute("allow", "");
      const query = new URLSearchParams({ embedded: "1", lang: language, source: script.dataset.source || location.hostname.replaceAll(".", "-") });
      frame.src = `${home}/chat?${query}`;
      panel.append(frame);
    }
    panel.hidden = !open;
    button.textContent = open ? words.close : words.open;
    button.setAttribute("aria-expanded", String(open));
    (open ? frame : button).focus();
  }

  button.addEventListener("click", () => show(panel.hidden));
  root.addEventListener("keydown", (event) => event.key === "Escape" && !panel.hidden && show(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && !panel.hidden && show(false));
  window.addEventListener("message", (event) => {
    if (frame && event.source === frame.contentWindow && event.origin === home && event.data === "neuvo-chat:close") show(false);
  });
  document.body.append(host);
})();
