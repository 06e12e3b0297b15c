CREATE TABLE schedule_marks (
    schedule TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    decided_until BIGINT NOT NULL,
    PRIMARY KEY (schedule, workspace_id)
)
 WITHOUT ROWID;

CREATE TABLE schedule_slots (
    schedule TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    PRIMARY KEY (schedule, workspace_id, slot)
)
 WITHOUT ROWID;
