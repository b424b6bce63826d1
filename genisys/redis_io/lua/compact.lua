-- compact: move the beginning of a run's log into its history, and put a snapshot in its place. Writes no event.
--
-- KEYS  1 meta (hash)  2 log (stream)  3 history (stream)  4 snapshot (hash)  5 growing (sorted set)
-- ARGV  1 run id  2 log id of what was read  3 first event and 4 last event of the chunk  5 chunk  6 the state at its end
--       7 bytes of that state before it was compressed  8 how many events before the snapshot stay in the log
--       9 the score in `growing` that this answers, or '' where there is more to do
-- Returns 1, or 0 where the run is gone, is another log by now, or was compacted by somebody else
local meta = redis.call('HMGET', KEYS[1], 'log_id', 'last_seq', 'snap_seq')
local last = tonumber(ARGV[4])
if not meta[1] then
  redis.call('ZREM', KEYS[5], ARGV[1])
  return 0
end
if meta[1] ~= ARGV[2] or tonumber(meta[2]) < last or tonumber(meta[3] or '0') ~= tonumber(ARGV[3]) - 1 then return 0 end
redis.call('XADD', KEYS[3], ARGV[4] .. '-0', 'f', ARGV[3], 'z', ARGV[5])
redis.call('HSET', KEYS[4], 'seq', ARGV[4], 'state', ARGV[6])
redis.call('HSET', KEYS[1], 'snap_seq', ARGV[4], 'snap_bytes', ARGV[7])
local keep = last - tonumber(ARGV[8])
if keep > 0 then redis.call('XTRIM', KEYS[2], 'MINID', (keep + 1) .. '-0') end
local ttl = redis.call('TTL', KEYS[1])
if ttl > 0 then
  redis.call('EXPIRE', KEYS[3], ttl)
  redis.call('EXPIRE', KEYS[4], ttl)
end
if redis.call('ZSCORE', KEYS[5], ARGV[1]) == ARGV[9] then redis.call('ZREM', KEYS[5], ARGV[1]) end
return 1
