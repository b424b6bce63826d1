/**
 * The worker that the tabs of one session share. Its name, which connect.js makes, says whose it is and where the
 * server is: tabs of another session, or of pages with other addresses, have another one.
 */

import { serve } from "./switchboard.js";

serve(self);
