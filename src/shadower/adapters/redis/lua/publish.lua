-- Append events, unless the newest one is another than expected, or there is no room.
-- KEYS: stream, state. ARGV: newest expected, bytes there may be, new newest, its event's id, then position, envelope…
if redis.call('HGET', KEYS[2], 'newest') ~= ARGV[1] then
    return 'elsewhere'
end
local bytes = redis.call('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', '5')
if not bytes then
    return 'elsewhere'
end
if bytes >= tonumber(ARGV[2]) then
    return 'full'
end
for i = 5, #ARGV, 2 do
    local added = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', ARGV[i] .. '-0', 'event', ARGV[i + 1])
    if type(added) == 'table' then
        return string.find(added.err, 'equal or smaller', 1, true) and 'elsewhere' or added
    end
end
redis.call('HSET', KEYS[2], 'newest', ARGV[3], 'newest_id', ARGV[4])
return 'done'
