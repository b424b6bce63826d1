-- slot: take, keep or give back one of the slots of a name, first come, first served.
--
-- KEYS  1 holders (sorted set: token by the end of its lease, ms)
--       2 queue (sorted set: token by its place of arrival)
--       3 seen (sorted set: waiting token by the time, ms, up to which it counts as alive)
-- ARGV  1 mode: take | keep | free
--       2 who (run and step)  3 attempt (the token is `<who>:<attempt>`)
--       4 limit  5 lease ms  6 how long a waiter that does not ask again counts as alive, ms
-- Returns {1, 0} where the slot is ours, {0, place in the queue from 1} where it has to be waited for.
-- `keep` counts the holder again even where Redis has forgotten it: its body still runs.
local who, attempt, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local token = who .. ':' .. attempt
local now = time_ms('0')
local function live(span)
  for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], span + 1000) end
end

if ARGV[1] == 'free' then
  for i = 1, 3 do redis.call('ZREM', KEYS[i], token) end
  return {0, 0}
end
if ARGV[1] == 'keep' then
  redis.call('ZADD', KEYS[1], now + lease, token)
  live(lease)
  return {1, 0}
end

local span = math.max(lease, tonumber(ARGV[6]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], token) then
  redis.call('ZADD', KEYS[1], now + lease, token)
  live(span)
  return {1, 0}
end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('ZREM', KEYS[2], dead)
  redis.call('ZREM', KEYS[3], dead)
end
if not redis.call('ZSCORE', KEYS[2], token) then
  -- An earlier attempt at this very step is over: the run's lease says so.
  for earlier = math.max(0, attempt - 50), attempt - 1 do
    for i = 1, 3 do redis.call('ZREM', KEYS[i], who .. ':' .. earlier) end
  end
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  redis.call('ZADD', KEYS[2], (tonumber(last[2]) or 0) + 1, token)
end
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[6]), token)
local place = redis.call('ZRANK', KEYS[2], token)
if place < tonumber(ARGV[4]) - redis.call('ZCARD', KEYS[1]) then
  redis.call('ZREM', KEYS[2], token)
  redis.call('ZREM', KEYS[3], token)
  redis.call('ZADD', KEYS[1], now + lease, token)
  live(span)
  return {1, 0}
end
live(span)
return {0, place + 1}
