CREATE TABLE bus_groups (
    name TEXT NOT NULL,
    acknowledged BIGINT NOT NULL,
    moved_at BIGINT,
    owner TEXT,
    token BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (name)
);

CREATE TABLE dead_letters (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    group_name TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    event_id BLOB NOT NULL,
    type TEXT NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    first_failed_at BIGINT NOT NULL,
    last_failed_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (group_name, position)
);

CREATE INDEX dead_letters_by_workspace ON dead_letters (workspace_id, id);

CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    workspace_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    at BIGINT NOT NULL
);
