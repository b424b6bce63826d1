-- read: a log behind a cursor, as much of it as its reader may hold. Changes nothing.
--
-- KEYS  1 meta (hash)  2 log (stream)
-- ARGV  1 the last event that the reader has  2 how many entries at most  3 behind how many bytes no further entry is read
-- Returns {head, entries}: log_id, last_seq, closed and status; at least one entry, where there is one
local head = redis.call('HMGET', KEYS[1], 'log_id', 'last_seq', 'closed', 'status')
local after, most, room = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local entries, portion = {}, 4
while #entries < most and room > 0 do
  portion = math.min(2 * portion, most - #entries)
  local found = redis.call('XRANGE', KEYS[2], string.format('%d-0', tonumber(after) + 1), '+', 'COUNT', portion)
  for _, entry in ipairs(found) do
    if room <= 0 then break end
    for _, part in ipairs(entry[2]) do room = room - #part end
    entries[#entries + 1] = entry
  end
  if #found < portion or #found == 0 then break end
  after = string.match(found[#found][1], '^%d+')
end
return {head, entries}
