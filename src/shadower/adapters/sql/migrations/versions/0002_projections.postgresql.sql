ALTER TABLE projections
    ADD COLUMN state TEXT NOT NULL DEFAULT 'running',
    ADD COLUMN owner TEXT,
    ADD COLUMN token BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN expires_at BIGINT,
    ADD COLUMN failures BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN last_error TEXT,
    ADD COLUMN last_error_at BIGINT;

ALTER TABLE quarantine ADD COLUMN projection TEXT;

CREATE INDEX quarantine_by_projection ON quarantine (projection) WHERE projection IS NOT NULL;

CREATE TABLE read_models (
    projection TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (projection, workspace_id, key)
);
