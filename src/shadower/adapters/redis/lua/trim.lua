-- Drop events up to a position, but none that some group has not acknowledged, whoever made it.
-- KEYS: stream, state. ARGV: position.
local floor = redis.call('HGET', KEYS[2], 'floor')
if not floor or redis.call('EXISTS', KEYS[1]) == 0 then
    return 'elsewhere'
end
local function position(id)
    return tonumber(string.match(id, '^%d+'))
end
local to = tonumber(ARGV[1])
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local told = {}
    for i = 1, #group, 2 do
        told[group[i]] = group[i + 1]
    end
    to = math.min(to, position(told['last-delivered-id']))
    if told['pending'] > 0 then
        to = math.min(to, position(redis.call('XPENDING', KEYS[1], told['name'])[2]) - 1)
    end
end
if to > tonumber(floor) then
    -- Numbers of this size would be written with an exponent.
    redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f-0', to + 1))
    redis.call('HSET', KEYS[2], 'floor', string.format('%.0f', to))
end
return 'done'
