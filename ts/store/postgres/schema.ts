/**
 * The tables in Postgres and how a store of an earlier version gets them: one step from each format to the next. What
 * was released is never changed, only added to.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE gristmill.store (
    one integer PRIMARY KEY CHECK (one = 1),
    store_id text NOT NULL
  );
  INSERT INTO gristmill.store VALUES (1, gen_random_uuid()::text);
  CREATE SEQUENCE gristmill.revision;
  CREATE TABLE gristmill.messages (
    message_id bigint PRIMARY KEY,
    state smallint NOT NULL,
    revision bigint NOT NULL,
    guild_id bigint,
    channel_id bigint,
    message_reference_message_id bigint,
    author_id bigint,
    author_bot boolean,
    timestamp timestamptz,
    edited timestamptz,
    content text COLLATE "C"
  );
  CREATE INDEX messages_by_channel ON gristmill.messages (channel_id, message_id);
  CREATE INDEX messages_by_author ON gristmill.messages (author_id) WHERE author_id IS NOT NULL;
  CREATE TABLE gristmill.channels (
    channel_id bigint PRIMARY KEY,
    guild_id bigint,
    parent_channel_id bigint,
    seen timestamptz,
    name text COLLATE "C",
    kind text COLLATE "C"
  );
  CREATE TABLE gristmill.opt_outs (
    author_id bigint PRIMARY KEY,
    since timestamptz NOT NULL,
    until timestamptz
  );
  CREATE TABLE gristmill.cursors (
    name text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
  );
  CREATE TABLE gristmill.keys (
    key text COLLATE "C" PRIMARY KEY,
    digest text NOT NULL,
    result text,
    expires bigint NOT NULL
  );
  CREATE INDEX keys_by_expiry ON gristmill.keys (expires);
  `,
];

/** Where a batch lands before it is merged; one for each connection. */
export const STAGE = `
  CREATE TEMPORARY TABLE IF NOT EXISTS gristmill_stage (
    message_id bigint, state smallint, guild_id bigint, channel_id bigint, message_reference_message_id bigint,
    author_id bigint, author_bot boolean, timestamp timestamptz, edited timestamptz, content text COLLATE "C"
  ) ON COMMIT DELETE ROWS`;
