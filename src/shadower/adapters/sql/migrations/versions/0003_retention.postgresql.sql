ALTER TABLE workspaces ADD COLUMN retention_days INTEGER;

CREATE TABLE removed (
    workspace_id BIGINT NOT NULL,
    events BIGINT NOT NULL,
    received_before BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id)
);

CREATE TABLE retention_runs (
    id BIGSERIAL NOT NULL,
    workspace_id BIGINT,
    before BIGINT NOT NULL,
    dry_run SMALLINT NOT NULL,
    started_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT,
    finished_at BIGINT,
    PRIMARY KEY (id)
);

CREATE INDEX retention_runs_by_workspace ON retention_runs (workspace_id, id);
