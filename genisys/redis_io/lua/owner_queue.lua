-- owner_queue: one of the places that a person's runs have among the workers, and the line of the runs that wait for one.
--
-- KEYS  1 held (sorted set: run id by the ms until which its place counts, which the holder's heartbeat moves on)
--       2 line (sorted set: run id by the ms at which the run was made), of one person and one deployment
-- ARGV  1 mode: ask | line | leave | look | keep | hold  2 run id  3 a test's time, or 0  4 made ms  5 limit  6 lease ms  7 ttl s
-- ask    takes a place, or stands in line. Returns {1, 0} with a place (asking again keeps it), {0, runs before this one}
-- line   stands in line only. Returns {1, 0} where a place is there for it, {0, runs before this one}
-- leave  gives the place up and leaves the line. Returns the ids that come next: one for each free place
-- look   changes nothing. Returns {1, 0} with a place, or where one is there for it, {0, runs before this one},
--        {-1, 0} where it stands in no line
-- keep   lets the place of a run that is held count for longer. Returns {1, 0}, or {0, 0} where it has none
-- hold   counts the place of a run that is held, whatever became of it (Redis may have forgotten it). Returns {1, 0}
local mode, run, now, limit = ARGV[1], ARGV[2], time_ms(ARGV[3]), tonumber(ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)

if mode == 'leave' then
  redis.call('ZREM', KEYS[1], run)
  redis.call('ZREM', KEYS[2], run)
  local free = limit - redis.call('ZCARD', KEYS[1])
  if free < 1 then return {} end
  return redis.call('ZRANGE', KEYS[2], 0, free - 1)
end

local function take()
  redis.call('ZREM', KEYS[2], run)
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[6]), run)
  redis.call('EXPIRE', KEYS[1], ARGV[7])
  return {1, 0}
end

if mode == 'hold' then return take() end
if redis.call('ZSCORE', KEYS[1], run) then
  if mode == 'ask' or mode == 'keep' then return take() end
  return {1, 0}
end
if mode == 'keep' then return {0, 0} end
if mode ~= 'look' then
  redis.call('ZADD', KEYS[2], 'NX', ARGV[4], run)
  redis.call('EXPIRE', KEYS[2], ARGV[7])
end
local before = redis.call('ZRANK', KEYS[2], run)
if not before then return {-1, 0} end
if before >= limit - redis.call('ZCARD', KEYS[1]) then return {0, before} end
if mode == 'ask' then return take() end
return {1, 0}
