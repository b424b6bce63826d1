/** The account page: the button that lets this browser show notifications. */

import { offerNotifications } from "./notify.js";

offerNotifications();
