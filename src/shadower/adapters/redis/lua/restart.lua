-- Make everything anew, unless it is not what it was seen to be.
-- KEYS: stream, state. ARGV: floor and newest as seen, or '' twice for nothing, where to begin,
-- then group, position, incarnation…
local kept = redis.call('HMGET', KEYS[2], 'floor', 'newest')
local last
if redis.call('EXISTS', KEYS[1]) == 1 then
    local stream = redis.call('XINFO', 'STREAM', KEYS[1])
    for i = 1, #stream, 2 do
        if stream[i] == 'last-generated-id' then
            last = stream[i + 1]
        end
    end
end
local fits = kept[1] and last == kept[2] .. '-0'
if (fits and kept[1] or '') ~= ARGV[1] or (fits and kept[2] or '') ~= ARGV[2] then
    return 'elsewhere'
end
redis.call('DEL', KEYS[1], KEYS[2])
-- A stream without events comes to be with its first group.
redis.call('XGROUP', 'CREATE', KEYS[1], 'beginning', '0-0', 'MKSTREAM')
redis.call('XGROUP', 'DESTROY', KEYS[1], 'beginning')
redis.call('XSETID', KEYS[1], ARGV[3] .. '-0')
for i = 4, #ARGV, 3 do
    redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[i], ARGV[i + 1] .. '-0')
    redis.call('HSET', KEYS[2], 'incarnation:' .. ARGV[i], ARGV[i + 2])
end
redis.call('HSET', KEYS[2], 'floor', ARGV[3], 'newest', ARGV[3])
return 'done'
