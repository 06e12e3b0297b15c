ALTER TABLE projections ADD COLUMN state TEXT NOT NULL DEFAULT 'running';

ALTER TABLE projections ADD COLUMN owner TEXT;

ALTER TABLE projections ADD COLUMN token BIGINT NOT NULL DEFAULT 0;

ALTER TABLE projections ADD COLUMN expires_at BIGINT;

ALTER TABLE projections ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;

ALTER TABLE projections ADD COLUMN last_error TEXT;

ALTER TABLE projections ADD COLUMN last_error_at BIGINT;

ALTER TABLE quarantine ADD COLUMN projection TEXT;

CREATE INDEX quarantine_by_projection ON quarantine (projection) WHERE projection IS NOT NULL;

CREATE TABLE read_models (
    projection TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (projection, workspace_id, "key")
)
 WITHOUT ROWID;
