CREATE TABLE arrivals (
    workspace_id BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    events BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key_id, source)
)
 WITHOUT ROWID;

CREATE TABLE events (
    position INTEGER NOT NULL,
    workspace_id BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    id BLOB NOT NULL,
    client_id TEXT,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    user_id TEXT,
    agent_id TEXT,
    session_id TEXT,
    correlation_id TEXT,
    parent_id TEXT,
    status TEXT,
    error_type TEXT,
    duration_us BIGINT,
    credits BIGINT,
    cost BIGINT,
    tokens_in BIGINT,
    tokens_out BIGINT,
    model TEXT,
    data TEXT,
    duration_bin SMALLINT,
    PRIMARY KEY (position)
);

CREATE INDEX events_by_agent ON events (workspace_id, agent_id, occurred_at, position) WHERE agent_id IS NOT NULL;

CREATE INDEX events_by_correlation ON events (workspace_id, correlation_id, occurred_at, position) WHERE correlation_id IS NOT NULL;

CREATE INDEX events_by_session ON events (workspace_id, session_id, occurred_at, position) WHERE session_id IS NOT NULL;

CREATE INDEX events_by_time ON events (workspace_id, occurred_at, position);

CREATE INDEX events_by_type ON events (workspace_id, type, occurred_at, position);

CREATE INDEX events_by_user ON events (workspace_id, user_id, occurred_at, position) WHERE user_id IS NOT NULL;

CREATE TABLE identities (
    workspace_id BIGINT NOT NULL,
    id BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    position BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    client_id TEXT,
    PRIMARY KEY (workspace_id, id)
)
 WITHOUT ROWID;

CREATE INDEX identities_by_client_id ON identities (workspace_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE intake (
    workspace_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    events BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, minute, key_id, source, outcome, code)
)
 WITHOUT ROWID;

CREATE TABLE keys (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    prefix TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT,
    UNIQUE (digest)
);

CREATE INDEX ix_keys_workspace_id ON keys (workspace_id);

CREATE TABLE log_head (
    id SMALLINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE names (
    workspace_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    value TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, value),
    UNIQUE (workspace_id, kind, number)
)
 WITHOUT ROWID;

CREATE TABLE pages (
    generation BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    family SMALLINT NOT NULL,
    level SMALLINT NOT NULL,
    "key" BIGINT NOT NULL,
    start BIGINT NOT NULL,
    total_sums BLOB,
    total_hist BLOB,
    total_sets BLOB,
    cell_sums BLOB,
    cell_hist BLOB,
    cell_sets BLOB,
    PRIMARY KEY (generation, workspace_id, family, level, "key", start)
);

CREATE TABLE projections (
    name TEXT NOT NULL,
    generation BIGINT NOT NULL,
    cursor BIGINT NOT NULL,
    moved_at BIGINT,
    PRIMARY KEY (name)
);

CREATE TABLE quarantine (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    workspace_id BIGINT NOT NULL,
    digest BLOB NOT NULL,
    code TEXT NOT NULL,
    field TEXT,
    message TEXT NOT NULL,
    sent BLOB NOT NULL,
    source TEXT,
    count BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    replayed_at BIGINT,
    replayed_as TEXT,
    UNIQUE (workspace_id, digest)
);

CREATE TABLE quarantine_sizes (
    workspace_id BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    overflowed BIGINT NOT NULL,
    PRIMARY KEY (workspace_id)
);

CREATE TABLE sign_ins (
    digest BLOB NOT NULL,
    key_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX ix_sign_ins_key_id ON sign_ins (key_id);

CREATE TABLE span_views (
    generation BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    width SMALLINT NOT NULL,
    start BIGINT NOT NULL,
    view SMALLINT NOT NULL,
    "key" BIGINT NOT NULL,
    sums BLOB NOT NULL,
    hist BLOB NOT NULL,
    sets BLOB NOT NULL,
    PRIMARY KEY (generation, workspace_id, width, start, view, "key")
);

CREATE TABLE spans (
    generation BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    width SMALLINT NOT NULL,
    start BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (generation, workspace_id, width, start)
) WITHOUT ROWID;

CREATE TABLE workspaces (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    first_weekday SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (slug)
);

INSERT INTO log_head (id, position) VALUES (1, 0);

INSERT INTO projections (name, generation, cursor) VALUES ('rollups', 1, 0);
