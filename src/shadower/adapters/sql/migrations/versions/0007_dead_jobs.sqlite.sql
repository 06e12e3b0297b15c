CREATE INDEX jobs_dead ON jobs (queue) WHERE state = 'dead';
