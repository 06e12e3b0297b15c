CREATE TABLE jobs (
    id BIGSERIAL NOT NULL,
    workspace_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    priority SMALLINT NOT NULL,
    soft_limit BIGINT NOT NULL,
    hard_limit BIGINT NOT NULL,
    most_attempts BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    token BIGINT NOT NULL,
    correlation_id TEXT NOT NULL,
    idempotency_key TEXT,
    run_after BIGINT NOT NULL,
    nudged_at BIGINT,
    heartbeat_at BIGINT,
    cancel_requested_at BIGINT,
    progress_done BIGINT,
    progress_total BIGINT,
    progress_note TEXT,
    result TEXT,
    error_code TEXT,
    error_message TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (id)
);

CREATE INDEX jobs_by_workspace ON jobs (workspace_id, id);

CREATE INDEX jobs_due ON jobs (queue, priority, run_after, id) WHERE state = 'queued';

CREATE INDEX jobs_running ON jobs (heartbeat_at) WHERE state = 'running';

CREATE INDEX jobs_ended ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE UNIQUE INDEX jobs_by_key ON jobs (workspace_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
