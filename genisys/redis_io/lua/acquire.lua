-- acquire: take the run's lease where it is free or run out, and start a new attempt.
--
-- KEYS  1 meta (hash)  2 journal (hash)  3 due (sorted set)  4 log (stream)  5 inbox (hash)  6 history (stream)  7 snapshot (hash)
-- ARGV  1 worker id  2 a test's time, or 0  3 lease ms  4 run id  5 ttl s  6 the worker's deployment, or '' for any
--       7 how early a run that waits may be taken, ms
-- Returns {'ok', attempt, without_progress, meta, journal, inbox} (each hash as HGETALL returns it) | {'held'} | {'closed'} | {'missing'} | {'paused'}
--   | {'moved'} (the run belongs to another deployment) | {'early'} (it waits for a time that is far enough to leave it)
--   without_progress  how many attempts in a row before this one recorded no step
local meta = redis.call('HMGET', KEYS[1], 'attempt', 'lease_owner', 'lease_until', 'closed', 'journal_at', 'attempts_without_progress',
  'cancel', 'handed', 'paused', 'deployment', 'status')
if not meta[1] then return {'missing'} end
if meta[4] == '1' then return {'closed'} end
if ARGV[6] ~= '' and meta[10] ~= ARGV[6] then return {'moved'} end
if meta[9] == '1' and meta[7] ~= '1' then return {'paused'} end
local now = time_ms(ARGV[2])
if (meta[2] or '') ~= '' and tonumber(meta[3] or '0') > now then return {'held'} end
-- A wakeup that comes before its time is dropped here: the watch gives another. What is due within EARLY_MS is waited out.
if meta[11] == 'waiting' and tonumber(redis.call('ZSCORE', KEYS[3], ARGV[4]) or '0') > now + tonumber(ARGV[7]) then
  return {'early'}
end
local attempt, size = tonumber(meta[1]), redis.call('HLEN', KEYS[2])
local without_progress = 0
if attempt > 0 and meta[8] ~= '1' and tonumber(meta[5] or '-1') == size then
  without_progress = tonumber(meta[6] or '0') + 1
end
attempt = attempt + 1
local lease_until = now + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'attempt', attempt, 'lease_owner', ARGV[1], 'lease_until', lease_until, 'batch', 0,
  'journal_at', size, 'attempts_without_progress', without_progress, 'handed', '', 'waiting', '', 'status', 'running')
redis.call('ZADD', KEYS[3], lease_until, ARGV[4])
for _, i in ipairs({1, 2, 4, 6, 7}) do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
return {'ok', attempt, without_progress, redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]),
  redis.call('HGETALL', KEYS[5])}
