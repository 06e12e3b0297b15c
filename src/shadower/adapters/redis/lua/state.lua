-- Say what there is, or nothing when the two keys do not belong together.
-- KEYS: stream, state. Returns floor, newest, its event's id or '', then for each group its name,
-- the position up to which it has acknowledged everything it was given, and its incarnation; 0 for one made by hand.
local kept = redis.call('HMGET', KEYS[2], 'floor', 'newest', 'newest_id')
if not kept[1] or redis.call('EXISTS', KEYS[1]) == 0 then
    return false
end
local stream = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #stream, 2 do
    if stream[i] == 'last-generated-id' and stream[i + 1] ~= kept[2] .. '-0' then
        return false
    end
end
local function position(id)
    return tonumber(string.match(id, '^%d+'))
end
local found = {kept[1], kept[2], kept[3] or ''}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local told = {}
    for i = 1, #group, 2 do
        told[group[i]] = group[i + 1]
    end
    -- Whoever sets a group's place by hand may set it beyond everything.
    local to = math.min(position(told['last-delivered-id']), tonumber(kept[2]))
    if told['pending'] > 0 then
        to = math.min(to, position(redis.call('XPENDING', KEYS[1], told['name'])[2]) - 1)
    end
    found[#found + 1] = told['name']
    -- Numbers of this size would be written with an exponent.
    found[#found + 1] = string.format('%.0f', to)
    found[#found + 1] = redis.call('HGET', KEYS[2], 'incarnation:' .. told['name']) or '0'
end
return found
