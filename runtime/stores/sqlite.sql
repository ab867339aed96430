-- name: schema
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE plan (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, digest TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE contact (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, wake INTEGER, last INTEGER NOT NULL, state BLOB
);
CREATE INDEX contact_wake ON contact (wake, key) WHERE wake IS NOT NULL;
CREATE TABLE identity (identifier TEXT PRIMARY KEY, contact INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE merged (other INTEGER PRIMARY KEY, survivor INTEGER NOT NULL);
CREATE TABLE log (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, contact INTEGER NOT NULL,
  previous INTEGER NOT NULL, nth INTEGER NOT NULL, body BLOB, entries BLOB
);
CREATE TABLE processed (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, contact INTEGER NOT NULL, at INTEGER NOT NULL,
  arrived INTEGER, kind TEXT NOT NULL, unit TEXT NOT NULL, status TEXT NOT NULL,
  why TEXT NOT NULL DEFAULT '', handed INTEGER, payload BLOB
);
CREATE INDEX outbox_open ON outbox (status, id) WHERE status IN ('queued', 'held');
CREATE TABLE total (
  unit TEXT NOT NULL, step TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, latest INTEGER NOT NULL,
  PRIMARY KEY (unit, step, name)
) WITHOUT ROWID;
CREATE TABLE clash (
  seq INTEGER NOT NULL, at INTEGER NOT NULL, contact INTEGER NOT NULL, identifier TEXT NOT NULL,
  owner INTEGER NOT NULL
);
CREATE TABLE paused (unit TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE latency (bucket INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE stop (digest BLOB PRIMARY KEY) WITHOUT ROWID;

-- name: upgrade_2
CREATE TABLE entity (
  name TEXT PRIMARY KEY, rank INTEGER NOT NULL, wake INTEGER, state BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX entity_wake ON entity (wake, rank, name) WHERE wake IS NOT NULL;
CREATE TABLE roster (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, contact INTEGER NOT NULL, UNIQUE (account, contact)
);
CREATE INDEX roster_contact ON roster (contact);
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN next_at INTEGER;
ALTER TABLE outbox ADD COLUMN real INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_due ON outbox (real, kind, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX outbox_trying ON outbox (id) WHERE status = 'trying';

-- name: upgrade_3
CREATE TABLE waiting (
  id INTEGER PRIMARY KEY, list TEXT NOT NULL, contact INTEGER NOT NULL, at INTEGER NOT NULL,
  released INTEGER NOT NULL DEFAULT 0, questions TEXT NOT NULL DEFAULT '[]', UNIQUE (contact, list)
);
CREATE INDEX waiting_place ON waiting (list);
CREATE TABLE batch (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, list TEXT NOT NULL, at INTEGER NOT NULL,
  since INTEGER NOT NULL, rows INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0, digest TEXT NOT NULL DEFAULT '', head BLOB NOT NULL
);
CREATE TABLE batch_row (
  batch INTEGER NOT NULL, place INTEGER NOT NULL, contact INTEGER NOT NULL, line BLOB,
  questions TEXT, PRIMARY KEY (batch, place)
) WITHOUT ROWID;
CREATE INDEX batch_row_contact ON batch_row (contact);
CREATE INDEX batch_row_asked ON batch_row (batch, place) WHERE questions IS NOT NULL;

-- name: upgrade_4
CREATE TABLE erased_line (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL);

-- name: waiting
INSERT INTO waiting (list, contact, at, questions) VALUES (?, ?, ?, ?)
ON CONFLICT (list, contact) DO UPDATE SET questions = CASE excluded.questions WHEN '[]' THEN questions
ELSE json_insert(questions, '$[#]', json_extract(excluded.questions, '$[0]')) END

-- name: some_waiting
SELECT id, contact, at, released, questions FROM waiting INDEXED BY waiting_place
WHERE list = ? AND id > ? AND (? < 0 OR id <= ?) ORDER BY id LIMIT ?

-- name: some_questions
SELECT place, contact, questions FROM batch_row INDEXED BY batch_row_asked
WHERE batch = ? AND place > ? AND questions IS NOT NULL ORDER BY place LIMIT ?

-- name: some_lines
SELECT place, line FROM batch_row WHERE batch = ? AND place > ? ORDER BY place LIMIT ?

-- name: born
INSERT INTO contact (id, key, wake, last, state) VALUES (?, ?, ?, ?, ?)

-- name: kept
UPDATE contact SET last = ?, state = ? WHERE id = ?

-- name: moved
UPDATE contact SET wake = ?, last = ?, state = ? WHERE id = ?

-- name: identifiers
INSERT INTO identity (identifier, contact) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: log
INSERT INTO log (seq, at, kind, contact, previous, nth, body, entries) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: processed
INSERT INTO processed (id, seq) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq

-- name: effects
INSERT INTO outbox (key, contact, at, arrived, kind, unit, status, payload, attempts, next_at, real)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING

-- name: settled
UPDATE outbox SET status = ?, why = ?, handed = e.value, next_at = NULL FROM json_each(?) AS e
WHERE outbox.key = e.key

-- name: tried
UPDATE outbox SET status = ?, why = ?, attempts = ?, next_at = ? WHERE key IN (SELECT value FROM json_each(?))

-- name: readdressed
UPDATE outbox SET payload = ? WHERE key = ?

-- name: due_effects
SELECT * FROM outbox INDEXED BY outbox_due
WHERE real = ? AND kind = ? AND next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, id LIMIT ?

-- name: effects_named
SELECT * FROM outbox WHERE key >= ? AND key < ? ORDER BY key LIMIT ?

-- name: next_effect
SELECT min(next_at) FROM outbox INDEXED BY outbox_due
WHERE real = ? AND kind = ? AND next_at IS NOT NULL AND next_at > ?

-- name: failures
SELECT why, count(*) FROM outbox WHERE status IN ('failed', 'dead') AND why <> ''
GROUP BY why ORDER BY count(*) DESC, why LIMIT ?

-- name: number_queued
SELECT count(*) FROM outbox INDEXED BY outbox_due WHERE real = 1 AND kind = ? AND next_at IS NOT NULL

-- name: counts
INSERT INTO total (unit, step, name, value, latest) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (unit, step, name) DO UPDATE SET
  value = value + excluded.value, latest = max(latest, excluded.latest)

-- name: clashes
INSERT INTO clash (seq, at, contact, identifier, owner) VALUES (?, ?, ?, ?, ?)

-- name: entities
INSERT INTO entity (name, rank, wake, state) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET wake = excluded.wake, state = excluded.state

-- name: left
DELETE FROM roster WHERE account = ? AND contact = ?

-- name: joined
INSERT INTO roster (account, contact) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: meta
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: find_processed
SELECT p.id, p.seq FROM json_each(?) AS j CROSS JOIN processed AS p ON p.id = j.value

-- name: find_identity
SELECT i.identifier, i.contact FROM json_each(?) AS j CROSS JOIN identity AS i ON i.identifier = j.value

-- name: identifiers_named
SELECT identifier FROM identity WHERE identifier >= ? AND identifier < ? ORDER BY identifier LIMIT ?

-- name: load
SELECT c.id, c.key, c.wake, c.last, c.state FROM json_each(?) AS j CROSS JOIN contact AS c ON c.id = j.value

-- name: due
SELECT wake, key, id FROM contact INDEXED BY contact_wake
WHERE wake IS NOT NULL AND (wake, key) > (?, ?) AND wake < ? ORDER BY wake, key LIMIT ?

-- name: next_wake
SELECT wake FROM contact INDEXED BY contact_wake WHERE wake IS NOT NULL ORDER BY wake, key LIMIT 1

-- name: next_entity_wake
SELECT wake FROM entity INDEXED BY entity_wake WHERE wake IS NOT NULL ORDER BY wake, rank, name LIMIT 1

-- name: due_entities
SELECT wake, rank, name FROM entity INDEXED BY entity_wake
WHERE wake IS NOT NULL AND (wake, rank, name) > (?, ?, ?) AND wake < ? ORDER BY wake, rank, name LIMIT ?

-- name: entity
SELECT name, wake, state FROM entity WHERE name = ?

-- name: some_entities
SELECT name, wake, state FROM entity WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?

-- name: roster
SELECT contact FROM roster WHERE account = ? ORDER BY id

-- name: chain
WITH RECURSIVE chain (seq) AS (
  SELECT ? UNION ALL SELECT log.previous FROM chain JOIN log USING (seq) WHERE log.previous > 0
)
SELECT log.* FROM chain JOIN log USING (seq) ORDER BY log.seq

-- name: log_of_nobody
SELECT * FROM log WHERE contact = 0 AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq

-- name: log_of_failures
SELECT * FROM log WHERE entries IS NOT NULL AND (
  instr(entries, CAST('"failed"' AS BLOB)) > 0 OR instr(entries, CAST('"handover"' AS BLOB)) > 0
) ORDER BY seq

-- name: log_by_contact
SELECT log.seq, log.at, log.kind, coalesce(merged.survivor, log.contact) AS owner, log.previous, log.nth,
  log.body, log.entries
FROM log LEFT JOIN merged ON merged.other = log.contact
WHERE log.contact > 0 AND log.entries IS NOT NULL
  AND (log.kind = 'event' OR instr(log.entries, CAST('"what":"event"' AS BLOB)) > 0)
ORDER BY owner, log.seq

-- name: oldest
WITH RECURSIVE chain (seq) AS (
  SELECT ? UNION ALL SELECT log.previous FROM chain JOIN log USING (seq) WHERE log.previous > 0
)
SELECT min(seq) FROM chain
