// The console: each module does one thing; without any of them the page works as plain forms.
import { start as alerts } from "./alerts.js";
import { start as attach } from "./attach.js";
import { start as clock } from "./clock.js";
import { start as composer } from "./composer.js";
import { start as forms } from "./forms.js";
import { start as keys } from "./keys.js";
import { start as live } from "./live.js";
import { start as navigation } from "./navigation.js";
import { start as presence } from "./presence.js";
import { start as ready } from "./ready.js";
import { start as screen } from "./screen.js";
import { start as translate } from "./translate.js";
import { start as undo } from "./undo.js";

document.documentElement.classList.add("scripted");
for (const begin of [composer, attach, ready, forms, navigation, keys, alerts, clock, presence, screen, translate, undo, live]) begin();
