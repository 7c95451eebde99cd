//! The message store: handles, and the pieces that both stores share. Batches and answers cross as JSON bytes, tables
//! as Arrow IPC; nothing crosses row by row.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_ipc::reader::StreamReader;
use gristmill_core::{Failure, options_from};
use gristmill_store::{
    ApplyOptions, Batch, OpenOptions, Page, Refused, Selection, Snapshot, Store, TableColumns,
    batch_of_table, copy_text,
};
use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::outcome::{BorderFailure, Outcome, blocking, json as parse};

/// An open `SQLite` store.
#[napi]
pub struct MessageStore {
    inner: Arc<Store>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    path: PathBuf,
    create: bool,
    read_only: bool,
    busy_timeout: u32,
    store_id: String,
}

/// Opens a `SQLite` store. Takes JSON.
#[napi]
pub async fn open_message_store(spec: String) -> Outcome<MessageStore> {
    blocking(move || {
        let Opening { path, create, read_only, busy_timeout, store_id } =
            options_from("store", &parse(&spec)?)?;
        let options = OpenOptions { create, read_only, busy_timeout, store_id };
        Ok(MessageStore { inner: Arc::new(Store::open(path, &options)?) })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Applying {
    key: Option<String>,
    now: i64,
    expires: i64,
}

#[napi]
impl MessageStore {
    /// Applies events (JSON bytes); gives the counts as JSON when they are on the disk.
    #[napi]
    pub async fn apply(&self, events: Uint8Array, options: String) -> Outcome<String> {
        // The buffer belongs to JavaScript: copied before anything waits.
        let (store, bytes) = (Arc::clone(&self.inner), events.to_vec());
        blocking(move || {
            let Applying { key, now, expires } = options_from("apply", &parse(&options)?)?;
            let batch = Batch::of_json(&bytes)?;
            Ok(text(&store.apply(batch, ApplyOptions { key, now, expires })?))
        })
        .await
    }

    /// Applies a table (Arrow IPC stream); gives the counts, and how many rows could not be taken, as JSON.
    #[napi]
    pub async fn apply_table(&self, rows: Uint8Array, guild: Option<String>) -> Outcome<String> {
        let (store, bytes) = (Arc::clone(&self.inner), rows.to_vec());
        blocking(move || {
            let (mut applied, mut refused) = (Vec::new(), Vec::new());
            for table in tables(&bytes, guild)? {
                let (batch, faults) = table?;
                refused.push(json!(faults));
                applied.push(json!(store.apply(batch, ApplyOptions::default())?));
            }
            Ok(json!({ "applied": applied, "refused": refused }).to_string())
        })
        .await
    }

    /// The greatest message id of a channel.
    #[napi]
    pub async fn last_message_id(&self, channel: String) -> Outcome<Option<String>> {
        let store = Arc::clone(&self.inner);
        blocking(move || store.last_message_id(&channel)).await
    }

    /// The value of a cursor.
    #[napi]
    pub async fn cursor(&self, name: String) -> Outcome<Option<String>> {
        let store = Arc::clone(&self.inner);
        blocking(move || store.cursor(&name)).await
    }

    /// Cursors by prefix, channels, opted-out authors or counts, as JSON.
    #[napi]
    pub async fn list(&self, what: String, prefix: String) -> Outcome<String> {
        let store = Arc::clone(&self.inner);
        blocking(move || match what.as_str() {
            "cursors" => store.cursors(&prefix),
            "channels" => store.channels(),
            "opted_out" => store.opted_out(),
            _ => store.counts().map(|counts| text(&counts)),
        })
        .await
    }

    /// A page of messages as JSON; `channel` and `after` are ids.
    #[napi]
    pub async fn messages(
        &self,
        channel: Option<String>,
        after: Option<String>,
        limit: u32,
    ) -> Outcome<String> {
        let store = Arc::clone(&self.inner);
        blocking(move || {
            let id = |text: Option<String>| text.map(|text| text.parse::<i64>().unwrap_or(-1));
            store.messages(&Page { channel: id(channel), after: id(after), limit })
        })
        .await
    }

    /// A view of this moment.
    #[napi]
    pub async fn snapshot(&self) -> Outcome<StoreSnapshot> {
        let store = Arc::clone(&self.inner);
        blocking(move || Ok(StoreSnapshot { inner: Arc::new(store.snapshot()?) })).await
    }

    /// Waits for batches in progress and lets go of the file.
    #[napi]
    pub async fn close(&self) -> Outcome<bool> {
        let store = Arc::clone(&self.inner);
        blocking(move || store.close().map(|()| true)).await
    }
}

/// A store at one moment.
#[napi]
pub struct StoreSnapshot {
    inner: Arc<Snapshot>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selected {
    channels: Option<Vec<String>>,
    spoken: bool,
}

#[napi]
impl StoreSnapshot {
    /// Random name of the store.
    #[napi(getter)]
    pub fn store_id(&self) -> String {
        self.inner.store_id().to_owned()
    }

    /// States of the channels, as JSON.
    #[napi]
    pub async fn states(&self) -> Outcome<String> {
        let snapshot = Arc::clone(&self.inner);
        blocking(move || snapshot.states().map(|states| text(&states))).await
    }

    /// Writes messages as CSV; gives rows and bytes.
    #[napi]
    pub async fn write_csv(&self, path: String, selection: String) -> Outcome<Vec<f64>> {
        let snapshot = Arc::clone(&self.inner);
        blocking(move || {
            let Selected { channels, spoken } = options_from("selection", &parse(&selection)?)?;
            let channels = channels.map(|ids| ids.iter().map(|id| id.parse().ok()).collect());
            let (rows, bytes) = snapshot.write_csv(&PathBuf::from(path), &Selection { channels, spoken })?;
            Ok(vec![rows as f64, bytes as f64])
        })
        .await
    }

    /// Ends the view.
    #[napi]
    pub async fn close(&self) -> Outcome<bool> {
        let snapshot = Arc::clone(&self.inner);
        blocking(move || {
            snapshot.close();
            Ok(true)
        })
        .await
    }
}

/// What is wrong with a list of events, as JSON.
#[napi]
pub async fn event_problems(events: Uint8Array) -> Outcome<String> {
    let bytes = events.to_vec();
    blocking(move || Batch::problems(&bytes).map(|problems| text(&problems))).await
}

/// A batch packed for Postgres.
#[napi(object)]
pub struct PackedBatch {
    /// Messages as the text that `COPY` reads.
    pub copy: Buffer,
    /// Channels, consents and cursors as JSON.
    pub rest: String,
    /// Message and edit events, and ids in delete events.
    pub events: f64,
    /// Messages in `copy`.
    pub messages: f64,
    /// Hash of what came in.
    pub digest: String,
    /// Rows that could not be taken, by reason, as JSON.
    pub refused: String,
}

/// Packs events (JSON bytes).
#[napi]
pub async fn pack_events(events: Uint8Array) -> Outcome<PackedBatch> {
    let bytes = events.to_vec();
    blocking(move || Ok(pack(&Batch::of_json(&bytes)?, json!({})))).await
}

/// Packs tables (Arrow IPC stream), one batch each.
#[napi]
pub async fn pack_table(rows: Uint8Array, guild: Option<String>) -> Outcome<Vec<PackedBatch>> {
    let bytes = rows.to_vec();
    blocking(move || {
        tables(&bytes, guild)?.map(|table| table.map(|(batch, faults)| pack(&batch, json!(faults)))).collect()
    })
    .await
}

/// Columns of tables that the store reads.
#[napi(catch_unwind)]
pub fn message_columns() -> Vec<String> {
    TableColumns::ALL.iter().map(|name| (*name).to_owned()).collect()
}

type Table = (Batch, Refused);

fn tables(
    bytes: &[u8],
    guild: Option<String>,
) -> Result<impl Iterator<Item = Result<Table, Failure>>, Failure> {
    let bad =
        |error: arrow_schema::ArrowError| -> Failure { BorderFailure::BadRows(error.to_string()).into() };
    let reader = StreamReader::try_new(bytes, None).map_err(bad)?;
    Ok(reader.map(move |rows| batch_of_table(&rows.map_err(bad)?, guild.as_deref())))
}

fn pack(batch: &Batch, refused: Value) -> PackedBatch {
    let channels: Vec<Value> = batch
        .channels
        .iter()
        .map(|(id, c)| {
            json!({
                "channel_id": id.to_string(),
                "guild_id": c.guild.map(|id| id.to_string()),
                "parent_channel_id": c.parent.map(|id| id.to_string()),
                "seen": c.seen.map(gristmill_core::utc_text),
                "name": c.name,
                "kind": c.kind,
            })
        })
        .collect();
    let consents: Vec<Value> = batch
        .consents
        .iter()
        .map(|c| json!({ "author_id": c.author.to_string(), "at": gristmill_core::utc_text(c.at), "out": c.out }))
        .collect();
    let cursors: Vec<Value> =
        batch.cursors.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    PackedBatch {
        copy: Buffer::from(copy_text(&batch.deltas)),
        rest: json!({ "channels": channels, "consents": consents, "cursors": cursors }).to_string(),
        events: batch.events as f64,
        messages: batch.deltas.len() as f64,
        digest: format!("{:032x}", batch.digest),
        refused: refused.to_string(),
    }
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
