-- Say what there is, or nothing when the two keys do not belong together.
-- KEYS: stream, state. Returns floor, newest, its event's id or '', then the names of all groups.
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
local told = {kept[1], kept[2], kept[3] or ''}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    for i = 1, #group, 2 do
        if group[i] == 'name' then
            told[#told + 1] = group[i + 1]
        end
    end
end
return told
