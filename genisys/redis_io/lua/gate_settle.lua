-- gate_settle: record at the gate before a provider how a request ended: correct its tokens, pause the fleet, count for the
-- circuit breaker.
--
-- KEYS  1 gate (hash), as in gate_reserve
--       2 used (hash): what was asked in the present hour, by outcome, and in its last minute
-- ARGV  1 a test's time, or 0  2 outcome: ok | failed | limited | ''  3 ms of the tokens' quota over the estimate
--       4 pause ms, or '' where the provider did not say  5 ttl s
--       6 pause first ms  7 pause cap ms  8 longest pause ms  9 window ms  10 break after
--       11 open first ms  12 open cap ms  13 tokens used, or '' where nothing is counted
--       14 how much of a pause may be caught up, ms  15 ... where so long ago the one before it ended, ms
-- Returns {the time until which the breaker is open, or 0; how many failures there were in a row}
local names = {'requests', 'tokens', 'moved', 'pause_until', 'catch_up', 'pauses', 'since', 'row', 'opened', 'open_until',
  'probe_until'}
local values, state = redis.call('HMGET', KEYS[1], unpack(names)), {}
for i, name in ipairs(names) do state[name] = tonumber(values[i] or '0') end
local now, outcome = time_ms(ARGV[1]), ARGV[2]
state.tokens = state.tokens + tonumber(ARGV[3])

local pause_ms = tonumber(ARGV[4])
if not pause_ms then
  if outcome == 'ok' then state.pauses = 0 end
  if outcome == 'limited' and state.pause_until <= now then
    pause_ms = math.min(tonumber(ARGV[7]), tonumber(ARGV[6]) * 2 ^ state.pauses)
    state.pauses = math.min(state.pauses + 1, 10)
  end
end
if pause_ms then
  local till, before = now + math.min(pause_ms, tonumber(ARGV[8])), math.max(now, state.pause_until)
  if till > before then
    if state.pause_until <= now then
      state.catch_up = now - state.pause_until >= tonumber(ARGV[15]) and tonumber(ARGV[14]) or 0
    end
    local caught_up = math.min(state.catch_up, till - before)
    local by = till - before - caught_up
    state.pause_until, state.catch_up = till, state.catch_up - caught_up
    state.moved = state.moved + by
    state.requests = math.max(state.requests, before) + by
    state.tokens = math.max(state.tokens, before) + by
  end
end

if state.opened > 0 then
  if state.open_until <= now and outcome ~= '' then
    if outcome == 'failed' then
      state.opened = math.min(state.opened + 1, 10)
      state.open_until = now + math.min(tonumber(ARGV[12]), tonumber(ARGV[11]) * 2 ^ (state.opened - 1))
    else
      state.opened, state.open_until, state.row = 0, 0, 0
    end
    state.probe_until = 0
  end
elseif outcome ~= '' then
  if outcome ~= 'failed' then
    state.row = 0
  else
    if state.row == 0 or now - state.since > tonumber(ARGV[9]) then state.since, state.row = now, 0 end
    state.row = state.row + 1
    if state.row >= tonumber(ARGV[10]) then
      state.opened, state.open_until, state.probe_until = 1, now + tonumber(ARGV[11]), 0
    end
  end
end

local pairs_of = {}
for _, name in ipairs(names) do
  pairs_of[#pairs_of + 1] = name
  pairs_of[#pairs_of + 1] = string.format('%.3f', state[name])
end
redis.call('HSET', KEYS[1], unpack(pairs_of))
redis.call('EXPIRE', KEYS[1], ARGV[5])

local spent = tonumber(ARGV[13])
if spent then
  local minute = tostring(math.floor(now / 60000))
  if redis.call('HGET', KEYS[2], 'minute') ~= minute then
    redis.call('HSET', KEYS[2], 'minute', minute, 'minute_requests', 0, 'minute_tokens', 0)
  end
  redis.call('HINCRBY', KEYS[2], 'tokens', spent)
  redis.call('HINCRBY', KEYS[2], 'minute_tokens', spent)
  if outcome ~= '' then
    redis.call('HINCRBY', KEYS[2], outcome, 1)
    redis.call('HINCRBY', KEYS[2], 'minute_requests', 1)
  end
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return {state.opened > 0 and state.open_until or 0, state.row}
