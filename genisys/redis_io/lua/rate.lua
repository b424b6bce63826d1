-- rate: count one request of somebody, in windows that each begin with the first request after the last one ended.
--
-- KEYS  1 counter (string)
-- ARGV  1 length of the window, ms
-- Returns {requests in this window with this one, ms until it ends}
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
