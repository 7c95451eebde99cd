/**
 * The join of messages, in SQL. It says what `crates/gristmill-store/src/delta.rs` says, so that both stores end with
 * the same rows; the tests of the store run the same events against both.
 *
 * States: 0 waits for its message, 1 live, 2 erased, 3 deleted; a greater one wins.
 */

const STATE = "greatest(m.state, excluded.state)";

/** Facts: the least of what is known. PostgreSQL's `least` passes over nulls. */
const least = (column: string): string => `least(m.${column}, excluded.${column})`;

/** What goes when a message is erased or deleted. */
const kept = (value: string): string => `CASE WHEN ${STATE} < 2 THEN ${value} END`;

/** Of two texts the later edited one, then the greater; what is absent is least. */
const rank = (row: string): string =>
  `(coalesce(${row}.edited, '-infinity'), ${row}.content IS NOT NULL, coalesce(${row}.content, ''))`;
const newer = (column: string): string =>
  `CASE WHEN ${rank("excluded")} > ${rank("m")} THEN excluded.${column} ELSE m.${column} END`;

const JOINED: readonly (readonly [column: string, value: string])[] = [
  ["state", STATE],
  ["guild_id", least("guild_id")],
  ["channel_id", least("channel_id")],
  ["message_reference_message_id", kept(least("message_reference_message_id"))],
  ["author_id", kept(least("author_id"))],
  ["author_bot", kept(least("author_bot"))],
  ["timestamp", kept(least("timestamp"))],
  ["edited", kept(newer("edited"))],
  ["content", kept(newer("content"))],
];

const COLUMNS = JOINED.map(([column]) => column);
const PERSONAL = COLUMNS.slice(3);

/** The first id of the time an author opted in again; ids before it are out. */
export const FIRST_AFTER = "((((extract(epoch FROM o.until) * 1000)::bigint) - 1420070400000) << 22)";

/** Merges the staged batch; gives how many rows came, changed and went. */
export const MERGE = `
  WITH judged AS (
    SELECT s.message_id, s.guild_id, s.channel_id, ${PERSONAL.map((column) => `s.${column}`).join(", ")},
      CASE WHEN o.author_id IS NOT NULL AND (o.until IS NULL OR s.message_id < ${FIRST_AFTER})
        THEN greatest(s.state, 2) ELSE s.state END::smallint AS state
    FROM pg_temp.gristmill_stage s LEFT JOIN gristmill.opt_outs o ON o.author_id = s.author_id
  ), merged AS (
    INSERT INTO gristmill.messages AS m (message_id, revision, ${COLUMNS.join(", ")})
    SELECT message_id, (SELECT nextval('gristmill.revision')), state, guild_id, channel_id,
      ${PERSONAL.map((column) => `CASE WHEN state < 2 THEN ${column} END`).join(", ")}
    FROM judged ORDER BY message_id
    ON CONFLICT (message_id) DO UPDATE SET
      revision = greatest(m.revision + 1, excluded.revision),
      ${JOINED.map(([column, value]) => `${column} = ${value}`).join(",\n      ")}
    WHERE (${COLUMNS.map((column) => `m.${column}`).join(", ")})
      IS DISTINCT FROM (${JOINED.map(([, value]) => value).join(", ")})
    RETURNING (m.xmax = 0) AS fresh, m.state
  )
  SELECT count(*) FILTER (WHERE fresh AND state < 2) AS inserted,
    count(*) FILTER (WHERE NOT fresh AND state < 2) AS updated,
    count(*) FILTER (WHERE state = 3) AS deleted
  FROM merged`;

/** Erases what an author wrote while he was out. */
export const ERASE = `
  UPDATE gristmill.messages m SET state = 2, revision = greatest(m.revision + 1, nextval('gristmill.revision')),
    ${PERSONAL.map((column) => `${column} = NULL`).join(", ")}
  FROM gristmill.opt_outs o
  WHERE o.author_id = $1 AND m.author_id = $1 AND m.state < 2
    AND (o.until IS NULL OR m.message_id < ${FIRST_AFTER})`;

/** Opting out twice, or a repeated word from before the last opt-in, changes nothing. */
export const OPT_OUT = `
  INSERT INTO gristmill.opt_outs AS o (author_id, since, until) VALUES ($1, $2, NULL)
  ON CONFLICT (author_id) DO UPDATE SET since = excluded.since, until = NULL
  WHERE o.until IS NOT NULL AND excluded.since >= o.until`;

export const OPT_IN = "UPDATE gristmill.opt_outs SET until = $2 WHERE author_id = $1 AND until IS NULL AND $2 >= since";

const seen = (row: string): string =>
  `(coalesce(${row}.seen, '-infinity'), ${row}.name IS NOT NULL, coalesce(${row}.name, ''),
    ${row}.kind IS NOT NULL, coalesce(${row}.kind, ''))`;
const latest = (column: string): string =>
  `CASE WHEN ${seen("excluded")} > ${seen("c")} THEN excluded.${column} ELSE c.${column} END`;

/** Channels of a batch, given as JSON. The name and kind seen last stay, both from one moment. */
export const CHANNELS = `
  INSERT INTO gristmill.channels AS c (channel_id, guild_id, parent_channel_id, seen, name, kind)
  SELECT channel_id, guild_id, parent_channel_id, seen, name, kind
  FROM jsonb_to_recordset($1::jsonb)
    AS r (channel_id bigint, guild_id bigint, parent_channel_id bigint, seen timestamptz, name text, kind text)
  ORDER BY channel_id
  ON CONFLICT (channel_id) DO UPDATE SET
    guild_id = least(c.guild_id, excluded.guild_id),
    parent_channel_id = least(c.parent_channel_id, excluded.parent_channel_id),
    seen = ${latest("seen")}, name = ${latest("name")}, kind = ${latest("kind")}`;

export const CURSORS = `
  INSERT INTO gristmill.cursors AS c (name, value)
  SELECT name, value FROM jsonb_to_recordset($1::jsonb) AS r (name text, value text)
  WHERE value IS NOT NULL ORDER BY name
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

export const FORGOTTEN_CURSORS = `
  DELETE FROM gristmill.cursors WHERE name IN
    (SELECT name FROM jsonb_to_recordset($1::jsonb) AS r (name text, value text) WHERE value IS NULL)`;
