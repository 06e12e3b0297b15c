-- Drop every value with a tag, and tell everybody.
-- KEYS: tag, channel. ARGV: message. The values are on the node of the tag, by the braces in their names.
for _, value in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    redis.call('UNLINK', value)
end
redis.call('UNLINK', KEYS[1])
redis.call('PUBLISH', KEYS[2], ARGV[1])
