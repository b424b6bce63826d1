-- clock: what every script begins with. Time is this server's own, so that a host whose clock is wrong takes nothing,
-- lets nothing through and wakes nothing before its time.
--
-- `stated` is 0, or in tests the time, in ms, that they have set in its place.
local function time_ms(stated)
  if stated ~= '0' then return tonumber(stated) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
