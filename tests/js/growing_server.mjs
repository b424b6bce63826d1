/** Mends the texts that come as a JSON list, and gives the list of what became of them. */

import { readFileSync } from "node:fs";

import { mended } from "../../static/js/mended.js";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(mended)));
