-- read_snapshot: all that a first look at a run needs, in one round trip. Changes nothing.
--
-- KEYS  1 meta (hash)  2 snapshot (hash)  3 log (stream)
-- ARGV  1 the last event that the caller has folded, or 0  2 of which log  3 how many entries at most
-- Returns {} where the run is not there, else {meta, seq, state, entries}: meta as HGETALL returns it; the state to go on from
--   at `seq`, or '' for the caller's own (an empty one at 0); the log's entries behind it
local meta = redis.call('HGETALL', KEYS[1])
if #meta == 0 then return {} end
local head = redis.call('HMGET', KEYS[1], 'log_id', 'last_seq')
local seq, state = tonumber(ARGV[1]), ''
if head[1] ~= ARGV[2] or seq > tonumber(head[2] or '0') then seq = 0 end
local snapshot = tonumber(redis.call('HGET', KEYS[2], 'seq') or '0')
if snapshot > seq then
  seq = snapshot
  state = redis.call('HGET', KEYS[2], 'state')
end
return {meta, seq, state, redis.call('XRANGE', KEYS[3], (seq + 1) .. '-0', '+', 'COUNT', ARGV[3])}
