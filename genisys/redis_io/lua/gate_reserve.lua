-- gate_reserve: ask the gate before a provider when a request may leave, and reserve that time.
--
-- Each quota is a queue in virtual time (GCRA, ITU-T I.371): the field holds when it will be empty, a request adds what
-- it costs, and may leave when the queue before it is gone, or `burst` earlier. A pause moves the queue, but for what may
-- be caught up of it: `moved` is the sum of all such moves, so that a slot that was reserved before one is moved with it.
--
-- KEYS  1 gate (hash): requests, tokens (ms), moved, pause_until, catch_up (ms of the pause that may be caught up), pauses,
--         since, row (failures in a row, since when), opened (how often in a row), open_until, probe_at, probe_until
--       2 held (string): until when operators have paused it, in ms
-- ARGV  1 a test's time, or 0  2 what the request costs, in ms of its quota (0: no quota)  3 what its tokens cost  4 within ms or ''
--       5 held slot: at ms or ''  6 held slot: moved  7 ttl s
--       8 burst ms  9 slot good for ms  10 spread ms  11 probe ms  12 ask again first ms  13 ask again cap ms
--       14 ask again while it is held, ms
-- Returns {code, at ms, moved, probe}: code go | wait | later | down, as `Admission` in limits/gates.py describes
local fields = redis.call('HMGET', KEYS[1], 'requests', 'tokens', 'moved', 'pause_until', 'opened', 'open_until',
  'probe_at', 'probe_until')
for i = 1, 8 do fields[i] = tonumber(fields[i] or '0') end
local requests, tokens, moved, pause_until, opened, open_until, probe_at, probe_until = unpack(fields)
local now, request_ms, tokens_ms = time_ms(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function answer(code, at, probe) return {code, at, moved, probe or 0} end

local function take(at)
  if request_ms > 0 then requests = math.max(requests, at) + request_ms end
  if tokens_ms > 0 then tokens = math.max(tokens, at) + tokens_ms end
  redis.call('HSET', KEYS[1], 'requests', string.format('%.3f', requests), 'tokens', string.format('%.3f', tokens))
  redis.call('EXPIRE', KEYS[1], ARGV[7])
end

local held_until = tonumber(redis.call('GET', KEYS[2]) or '0')
if held_until > now then return answer('down', math.min(held_until, now + tonumber(ARGV[14]))) end

if opened > 0 then
  local till = math.max(open_until, pause_until)
  if till > now then return answer('down', till) end
  if probe_until > now then
    return answer('down', now + math.min(tonumber(ARGV[13]), math.max(tonumber(ARGV[12]), now - probe_at)))
  end
  redis.call('HSET', KEYS[1], 'probe_at', now, 'probe_until', now + tonumber(ARGV[11]))
  take(now)
  return answer('go', now, 1)
end

if ARGV[5] ~= '' then
  local at = math.max(tonumber(ARGV[5]) + moved - tonumber(ARGV[6]), pause_until)
  if now <= at + tonumber(ARGV[9]) then return answer(at <= now and 'go' or 'wait', at) end
end

local at, burst = math.max(now, pause_until), tonumber(ARGV[8])
if request_ms > 0 then
  at = math.max(at, math.floor(requests - burst))
elseif pause_until > now then
  at = math.max(at, math.floor(requests))
  request_ms = tonumber(ARGV[10])
end
if tokens_ms > 0 then at = math.max(at, math.floor(tokens - burst)) end
if ARGV[4] ~= '' and at > now + tonumber(ARGV[4]) then return answer('later', at) end
take(at)
return answer(at <= now and 'go' or 'wait', at)
