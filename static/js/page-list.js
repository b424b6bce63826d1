/** A person's lists: kept true while they are looked at. */

import { LivePart } from "./live-part.js";

for (const region of document.querySelectorAll("[data-live]")) new LivePart(region);
