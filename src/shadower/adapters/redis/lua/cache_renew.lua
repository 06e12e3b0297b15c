-- Keep a claim for longer, if it is still ours.
-- KEYS: claim. ARGV: token, milliseconds.
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
