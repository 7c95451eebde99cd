//! Files that are no store, are damaged, locked or may not be written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use gristmill_store::{ApplyOptions, Batch, OpenOptions, Page, Store};
use rusqlite::Connection;

fn options() -> OpenOptions {
    OpenOptions { create: true, read_only: false, busy_timeout: 50, store_id: "test".to_owned() }
}

fn some(count: u64) -> Batch {
    let events: Vec<String> = (0..count)
        .map(|n| {
            let id = 115_806_830_592_000_000 + n * 1_000_000_000;
            format!(
                r#"{{"event":"message","message_id":"{id}","guild_id":"1","channel_id":"2","author_id":"3",
                "author_bot":false,"content":"a text that takes some room, number {n}"}}"#
            )
        })
        .collect();
    Batch::of_json(format!("[{}]", events.join(",")).as_bytes()).unwrap()
}

fn code(path: &Path, options: &OpenOptions) -> &'static str {
    Store::open(path.to_owned(), options).err().map_or("opened", |failure| failure.code())
}

#[test]
fn what_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(
        at("text"),
        "this is a text, and one that is long enough to be looked at as a header. ".repeat(9),
    )
    .unwrap();
    assert_eq!(code(&at("text"), &options()), "GM_STORE_DAMAGED");
    Connection::open(at("other")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!(code(&at("other"), &options()), "GM_STORE_DAMAGED");
    assert_eq!(code(folder.path(), &options()), "GM_STORE_DAMAGED");
    assert_eq!(code(&at("none"), &OpenOptions { create: false, ..options() }), "GM_STORE_MISSING");
    assert_eq!(code(&at("none"), &OpenOptions { read_only: true, ..options() }), "GM_STORE_MISSING");
    assert_eq!(code(&at("no/such/folder.db"), &options()), "GM_STORE_UNAVAILABLE");
}

#[test]
fn a_later_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.db");
    Store::open(path.clone(), &options()).unwrap().close().unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(code(&path, &options()), "GM_STORE_NEWER");
}

#[test]
fn another_process_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.db");
    let store = Store::open(path.clone(), &options()).unwrap();
    store.apply(some(1), ApplyOptions::default()).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let failure = store.apply(some(3), ApplyOptions::default()).unwrap_err();
    assert_eq!(failure.code(), "GM_STORE_BUSY");
    assert_eq!(store.counts().unwrap().messages, 1);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.apply(some(3), ApplyOptions::default()).unwrap().inserted, 2);
}

#[test]
fn damage_is_told_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.db");
    let store = Store::open(path.clone(), &options()).unwrap();
    store.apply(some(2000), ApplyOptions::default()).unwrap();
    store.close().unwrap();
    drop(store);
    let sound = fs::read(&path).unwrap();
    let broken = folder.path().join("broken.db");
    for at in (0..sound.len()).step_by(sound.len() / 40) {
        let mut bytes = sound.clone();
        let to = (at + 64).min(bytes.len());
        bytes[at..to].fill(0xa5);
        fs::write(&broken, &bytes).unwrap();
        let _outcome = Store::open(broken.clone(), &options()).and_then(|store| {
            store.messages(&Page { channel: None, after: None, limit: 1000 })?;
            store.apply(some(2100), ApplyOptions::default())?;
            let states = store.snapshot()?.states()?;
            store.close()?;
            Ok(states)
        });
        for name in ["broken.db", "broken.db-wal", "broken.db-shm"] {
            let _absent = fs::remove_file(folder.path().join(name));
        }
    }
    fs::write(&broken, &sound[..sound.len() / 2]).unwrap();
    let read = Store::open(broken, &OpenOptions { read_only: true, ..options() })
        .and_then(|store| store.snapshot()?.states());
    assert_eq!(read.unwrap_err().code(), "GM_STORE_DAMAGED");
}

#[test]
fn erased_text_leaves_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.db");
    let store = Store::open(path.clone(), &options()).unwrap();
    store.apply(some(500), ApplyOptions::default()).unwrap();
    let out = br#"[{"event":"opt_out","author_id":"3","at":"2020-01-01"}]"#;
    assert_eq!(store.apply(Batch::of_json(out).unwrap(), ApplyOptions::default()).unwrap().erased, 500);
    for name in ["messages.db", "messages.db-wal"] {
        let bytes = fs::read(folder.path().join(name)).unwrap_or_default();
        let needle = b"a text that takes some room";
        assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{name} still holds the text");
    }
    store.close().unwrap();
}
