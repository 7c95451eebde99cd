//! The tables, and how a store of an earlier version gets them.

/// Marks the file as a message store (`PRAGMA application_id`).
pub(super) const APPLICATION: i64 = 0x6772_6D6C;

/// Format of the tables (`PRAGMA user_version`): the number of migrations done.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// One step from each format to the next. What was released is never changed, only added to.
pub(super) const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE store (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        store_id TEXT NOT NULL,
        revision INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE messages (
        message_id INTEGER PRIMARY KEY,
        state INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        guild_id INTEGER,
        channel_id INTEGER,
        message_reference_message_id INTEGER,
        author_id INTEGER,
        author_bot INTEGER,
        timestamp INTEGER,
        edited INTEGER,
        content TEXT
    ) STRICT;
    CREATE INDEX messages_by_channel ON messages (channel_id);
    CREATE INDEX messages_by_author ON messages (author_id) WHERE author_id IS NOT NULL;
    CREATE TABLE channels (
        channel_id INTEGER PRIMARY KEY,
        guild_id INTEGER,
        parent_channel_id INTEGER,
        seen INTEGER,
        name TEXT,
        kind TEXT
    ) STRICT;
    CREATE TABLE opt_outs (
        author_id INTEGER PRIMARY KEY,
        since INTEGER NOT NULL,
        until INTEGER
    ) STRICT;
    CREATE TABLE cursors (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE keys (
        key TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        result TEXT NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_by_expiry ON keys (expires);
"];
