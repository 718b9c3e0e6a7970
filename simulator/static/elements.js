// Small makers of elements; words of people only ever become text nodes.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  reply: "M10 7 4.5 12.5 10 18M5 12.5h8a6 6 0 0 1 6 6",
  list: "M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01",
  link: "M14 5h5v5M19 5l-8 8M17 14v4a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h4",
  plus: "M12 5v14M5 12h14",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.2c1.8 2.6 5.2 2.6 7 0M9 9.5v.6M15 9.5v.6",
  send: "M4.5 12 20 4.5 15 20l-3.6-6.4zM11.4 13.6 20 4.5",
  play: "M8 5.5v13l11-6.5z",
  file: "M7 3h7l5 5v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM14 3v5h5M9 13h6M9 17h6",
  picture: "M4 6a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM4 16l5-5 5 5 2.5-2.5L20 17M15.5 9.5v.01",
  mic: "M12 3.5a2.8 2.8 0 0 1 2.8 2.8v5a2.8 2.8 0 0 1-5.6 0v-5A2.8 2.8 0 0 1 12 3.5zM6 11a6 6 0 0 0 12 0M12 17v3.5",
  film: "M4 7a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM15 10.5l5-3v9l-5-3z",
  pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 7.8a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c1-4 4-6 7.500-6s6.500 2 7.500 6",
  sticker: "M6 4h12a2 2 0 0 1 2 2v8l-6 6H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM20 14h-4a2 2 0 0 0-2 2v4",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  forward: "M14 7l5.500 5.500L14 18M19 12.500h-8a6 6 0 0 0-6 6",
  forbidden: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.500 6.500l11 11",
  warning: "M12 4 3 19.500h18zM12 10v4.500M12 17v.01",
  signal: "M4 19v-3M9 19v-6M14 19V9M19 19V5",
  battery: "M3 9a1 1 0 0 1 1-1h13a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM20.500 10.500v3M5.500 10.500h8v3h-8z",
};

export function icon(name) {
  return drawing(24, 24, PATHS[name], "icon");
}

export function ticks(status) {
  const double = status !== "sent";
  return drawing(double ? 20 : 14, 12, double ? "M1.500 6.500 5 10l7.500-8M8.500 9l1 1 8-8" : "M1.500 6.500 5 10l7.500-8", "ticks");
}

export function wave() {
  const heights = [3, 6, 10, 16, 9, 5, 12, 18, 14, 7, 4, 9, 15, 20, 12, 6, 10, 14, 8, 4, 7, 12, 6, 3];
  const path = heights.map((height, position) => `M${2 + position * 5} ${11 - height / 2}v${height}`).join("");
  return drawing(120, 22, path, "wave");
}

function drawing(width, height, path, name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("class", name);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const hidden = (text) => make("span", { class: "hidden" }, text);

export const find = (id) => document.getElementById(id);
