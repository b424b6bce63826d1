-- renew: hold the lease for longer. The answer also carries a cancel that stands in the run's state, and how many
-- signals the run was sent (answers, pauses, consents).
--
-- KEYS  1 meta (hash)  2 due (sorted set)
-- ARGV  1 worker id  2 attempt  3 a test's time, or 0  4 lease ms  5 run id
-- Returns {1, cancel, signals} where the lease is ours, {0, '', 0} where it is not.
local meta = redis.call('HMGET', KEYS[1], 'attempt', 'lease_owner', 'closed', 'cancel', 'signals')
if meta[1] ~= ARGV[2] or meta[2] ~= ARGV[1] or meta[3] == '1' then return {0, '', 0} end
local lease_until = time_ms(ARGV[3]) + tonumber(ARGV[4])
redis.call('HSET', KEYS[1], 'lease_until', lease_until)
redis.call('ZADD', KEYS[2], lease_until, ARGV[5])
return {1, meta[4] or '', tonumber(meta[5] or '0')}
