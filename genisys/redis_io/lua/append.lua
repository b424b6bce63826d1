-- append: the only writer of a run. One atomic step: events, step results, status, doorbell.
--
-- KEYS  1 meta (hash)  2 journal (hash)  3 log (stream)  4 lifecycle (stream of the partition)
--       5 due (sorted set of the partition: run id by the time, in ms, at which somebody must look at it)
--       6 inbox (hash)  7 growing (sorted set of the partition: run id by the time, in ms, at which its log was found to
--       have grown enough to be compacted: 500 events or 64 KB since the last time, and a quarter of its snapshot)
-- ARGV  1 mode: create | attempt | system | expired (system, where the lease has run out) | reopen
--       2 attempt  3 producer (worker id)  4 batch  5 a test's time, or 0  6 server run_id  7 candidate log id
--       8 number of events  9 events as a JSON array  10 new status or '' (`queued` by the system leaves a run that is held
--       as it is)  11 '1' when this ends the run
--       12 owner whose lease this gives up, or '' (in system mode it must be the holder, or the answer is 'held')
--       13 doorbell channel  14 run id  15 due time ms, -1 for now where nobody holds the run, or ''  16 ttl s
--       17 how many signals the writer knows of, or '': a lease that is given up while there are more is due at once
--       18 n, then n journal fields and values; n, then n meta fields and values; n, then n meta fields and increments;
--       n, then n inbox fields and values (each is taken once: the whole batch is refused where one is there)
-- Returns {code, last_seq, log_id, cancel, batch, signals, now ms}
--   code  ok | duplicate (a batch seen before) | gap (batches before this one are missing; `batch` is the last held)
--         fenced (another attempt holds the run) | closed | missing | exists | held | answered (the inbox has it)
--         refused (an increment, or what it is added to, or the due time is no whole number up to 2^53)
-- Whatever can go wrong is looked at before the first write: Redis does not take back what a script wrote before its error.
local meta = redis.call('HMGET', KEYS[1], 'attempt', 'lease_owner', 'lease_until', 'last_seq', 'closed', 'log_id',
  'server', 'batch', 'cancel', 'signals', 'grown', 'marked', 'snap_bytes', 'status')
local exists = meta[1] ~= false
local attempt, owner, lease_until = tonumber(meta[1] or '0'), meta[2] or '', tonumber(meta[3] or '0')
local last_seq, closed, log_id = tonumber(meta[4] or '0'), meta[5] == '1', meta[6] or ''
local batch, cancel = tonumber(meta[8] or '0'), meta[9] or ''
local mode, now = ARGV[1], time_ms(ARGV[5])
local function answer(code) return {code, last_seq, log_id, cancel, batch, tonumber(meta[10] or '0'), now} end

if mode == 'create' then
  if exists then return answer('exists') end
elseif not exists then
  return answer('missing')
elseif mode == 'reopen' then
  if not closed then return answer('held') end
elseif closed then
  return answer('closed')
end
local at = 18
local inbox_at = at
for _ = 1, 3 do inbox_at = inbox_at + tonumber(ARGV[inbox_at]) + 1 end
for i = inbox_at + 1, inbox_at + tonumber(ARGV[inbox_at]), 2 do
  if redis.call('HEXISTS', KEYS[6], ARGV[i]) == 1 then return answer('answered') end
end
local function is_whole(text)
  return string.match(text, '^-?%d+$') ~= nil and math.abs(tonumber(text)) <= 9007199254740991
end
local increments_at = 18 + tonumber(ARGV[18]) + 1
increments_at = increments_at + tonumber(ARGV[increments_at]) + 1
for i = increments_at + 1, increments_at + tonumber(ARGV[increments_at]), 2 do
  local held = redis.call('HGET', KEYS[1], ARGV[i]) or '0'
  if not is_whole(ARGV[i + 1]) or not is_whole(held) then return answer('refused') end
  if math.abs(tonumber(held) + tonumber(ARGV[i + 1])) > 9007199254740991 then return answer('refused') end
end
if ARGV[15] ~= '' and not is_whole(ARGV[15]) then return answer('refused') end
-- What changes in meta is gathered and written once: each command is an entry of its own in the append-only file.
local changes = {}
local function put(field, value)
  changes[#changes + 1] = field
  changes[#changes + 1] = value
end
if mode == 'attempt' then
  if attempt ~= tonumber(ARGV[2]) or owner ~= ARGV[3] then return answer('fenced') end
  local given = tonumber(ARGV[4])
  if given <= batch then return answer('duplicate') end
  if given > batch + 1 then return answer('gap') end
  batch = given
  put('batch', batch)
elseif mode == 'system' or mode == 'expired' then
  if ARGV[12] ~= '' and owner ~= ARGV[12] then return answer('held') end
  if mode == 'expired' and lease_until > now then return answer('held') end
  if ARGV[11] == '1' and owner ~= '' and owner ~= ARGV[12] and lease_until > now then return answer('held') end
end

local changed = false
if meta[7] ~= ARGV[6] then
  -- Another server than wrote last: it may lack the last second, so readers begin anew, and people are told.
  changed = mode ~= 'create' and mode ~= 'reopen'
  log_id = ARGV[7]
  put('log_id', log_id)
  put('server', ARGV[6])
end

local function set(key)
  local n = tonumber(ARGV[at])
  for i = at + 1, at + n, 2000 do -- Lua's stack holds some 8,000 values
    redis.call('HSET', key, unpack(ARGV, i, math.min(i + 1999, at + n)))
  end
  at = at + n + 1
  return n > 0
end
set(KEYS[2])
local n = tonumber(ARGV[at])
for i = at + 1, at + n do changes[#changes + 1] = ARGV[i] end
at = at + n + 1
n = tonumber(ARGV[at])
for i = at + 1, at + n, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
at = at + n + 1
if set(KEYS[6]) then redis.call('EXPIRE', KEYS[6], ARGV[16]) end

local count = tonumber(ARGV[8])
if changed then
  last_seq = last_seq + 1
  local event = string.format('[{"type":"run.redis_changed","at":%.0f}]', now)
  redis.call('XADD', KEYS[3], last_seq .. '-0', 'f', last_seq, 'a', attempt, 'b', event)
  put('last_seq', last_seq)
end
local first = last_seq + 1
if count > 0 then
  last_seq = last_seq + count
  redis.call('XADD', KEYS[3], last_seq .. '-0', 'f', first, 'a', attempt, 'b', ARGV[9])
  put('last_seq', last_seq)
  local grown = tonumber(meta[11] or '0') + #ARGV[9]
  local enough = last_seq - tonumber(meta[12] or '0') >= 500 or grown >= 65536
  if enough and grown * 4 >= tonumber(meta[13] or '0') then
    redis.call('ZADD', KEYS[7], now, ARGV[14])
    put('marked', last_seq)
    grown = 0
  end
  put('grown', grown)
end
if ARGV[12] ~= '' then
  put('lease_owner', '')
  put('lease_until', 0)
end
if ARGV[11] == '1' then
  put('closed', '1')
  put('lease_owner', '')
  put('lease_until', 0)
  put('ended_ms', now)
  redis.call('ZREM', KEYS[5], ARGV[14])
elseif ARGV[15] ~= '' then
  local due, missed = ARGV[15], ARGV[17] ~= '' and ARGV[17] ~= (meta[10] or '0')
  if missed or (due == '-1' and owner == '') then due = now end
  if due ~= '-1' then redis.call('ZADD', KEYS[5], due, ARGV[14]) end
end
if ARGV[10] ~= '' then
  local status = ARGV[10]
  -- Told to go on before its worker came to the boundary at which it was to rest: it has been held all the time.
  if status == 'queued' and mode == 'system' and owner ~= '' and ARGV[12] == '' then status = meta[14] or status end
  put('status', status)
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', 5000, '*', 'run', ARGV[14], 'status', status, 'seq', last_seq)
end
if mode == 'create' or mode == 'reopen' then put('closed', '0') end
if #changes > 0 then redis.call('HSET', KEYS[1], unpack(changes)) end
if mode == 'create' or mode == 'reopen' or batch == 1 then
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[16]) end
end
if count > 0 or changed then redis.call('PUBLISH', ARGV[13], ARGV[14]) end
return answer('ok')
