/** What every page does with a script: times in the reader's zone, menus that close, focus that stays after an action. */

import { comeBack } from "./focus.js";
import { closeMenus } from "./menus.js";
import { localise } from "./times.js";

localise(document);
closeMenus(document);
comeBack(document, sessionStorage);
