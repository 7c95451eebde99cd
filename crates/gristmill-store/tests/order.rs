//! Any order and any repetition of the same events leave the same rows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use gristmill_store::{ApplyOptions, Batch, OpenOptions, Page, Store};
use proptest::prelude::*;

/// An id or null.
fn maybe(id: Option<u64>) -> String {
    id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""))
}

/// Few messages, channels and authors, so that events meet.
fn event() -> impl Strategy<Value = String> {
    let id = (0_u64..6).prop_map(|n| 115_806_830_592_000_000 + n * 1_000_000_000_000);
    // A message has one author; sources may not know him.
    let author_of = |id: u64| id / 1_000_000_000_000 % 3 + 1;
    let time = (0_u64..5).prop_map(|n| format!("2021-01-01T00:00:0{n}.000Z"));
    let edited = prop_oneof![Just("null".to_owned()), time.clone().prop_map(|t| format!("{t:?}"))];
    let message = (id.clone(), 1_u8..3, any::<bool>(), any::<bool>(), 0_u8..3, edited).prop_map(
        move |(id, channel, told, bot, text, edited)| {
            let author = maybe(told.then(|| author_of(id)));
            format!(
                r#"{{"event":"message","message_id":"{id}","guild_id":"1","channel_id":"{channel}",
                "author_id":{author},"author_bot":{bot},"content":"text {text}","edited":{edited}}}"#
            )
        },
    );
    let edit =
        (id.clone(), any::<bool>(), 0_u8..3, time.clone()).prop_map(move |(id, told, text, edited)| {
            let author = maybe(told.then(|| author_of(id)));
            format!(
                r#"{{"event":"edit","message_id":"{id}","author_id":{author},"content":"edit {text}",
                "edited":"{edited}"}}"#
            )
        });
    let delete = (id, prop::option::of(1_u64..3)).prop_map(|(id, channel)| {
        let channel = maybe(channel);
        format!(r#"{{"event":"delete","message_ids":["{id}"],"channel_id":{channel}}}"#)
    });
    let opt_out = (1_u8..4, time.clone())
        .prop_map(|(author, at)| format!(r#"{{"event":"opt_out","author_id":"{author}","at":"{at}"}}"#));
    let channel = (1_u8..3, 0_u8..3, time).prop_map(|(channel, name, seen)| {
        format!(
            r#"{{"event":"channel","channel_id":"{channel}","guild_id":"1","name":"n{name}","seen":"{seen}"}}"#
        )
    });
    prop_oneof![6 => message, 2 => edit, 1 => delete, 1 => opt_out, 1 => channel]
}

/// What is left when the events come in batches cut at these places.
fn outcome(events: &[String], cuts: &[usize]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let options =
        OpenOptions { create: true, read_only: false, busy_timeout: 1000, store_id: "test".to_owned() };
    let store = Store::open(folder.path().join("messages.db"), &options).unwrap();
    let mut from = 0;
    for &cut in cuts.iter().chain([&events.len()]) {
        let to = cut.clamp(from, events.len());
        let batch = Batch::of_json(format!("[{}]", events[from..to].join(",")).as_bytes()).unwrap();
        let told = batch.events;
        let applied = store.apply(batch, ApplyOptions::default()).unwrap();
        assert_eq!(applied.inserted + applied.updated + applied.deleted + applied.ignored, told);
        from = to;
    }
    let page = Page { channel: None, after: None, limit: 1000 };
    let counts = serde_json::to_string(&store.counts().unwrap()).unwrap();
    let outcome = [store.messages(&page).unwrap(), store.channels().unwrap(), counts].join("\n");
    store.close().unwrap();
    outcome
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn order_and_repetition_do_not_matter(
        (events, shuffled, cuts) in prop::collection::vec(event(), 1..30).prop_flat_map(|events| {
            let again = prop::collection::vec(0..events.len(), 0..10);
            let cuts = prop::collection::vec(0_usize..40, 0..4);
            (Just(events), again, cuts).prop_flat_map(|(events, again, mut cuts)| {
                let mut more = events.clone();
                more.extend(again.into_iter().map(|at| events[at].clone()));
                cuts.sort_unstable();
                (Just(events), Just(more).prop_shuffle(), Just(cuts))
            })
        })
    ) {
        prop_assert_eq!(outcome(&events, &[]), outcome(&shuffled, &cuts));
    }
}
