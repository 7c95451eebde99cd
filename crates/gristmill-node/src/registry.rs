//! All native kinds of all crates, in one registry.

use std::sync::LazyLock;

use gristmill_core::engine::Registry;
use gristmill_core::{Failure, FoldDef, MapDef, OpenTable, Source, options_from, steps};
use gristmill_read::{Item, OpenRequest, Probe, ProbeRequest, ReadOptions};
use serde_json::Value;

/// Files that steps read besides the rows, in any format.
struct Tables;

static TABLE_MAPS: [MapDef; 1] = gristmill_dedup::table_maps::<Tables>();
static TABLE_FOLDS: [FoldDef; 1] = gristmill_dedup::table_folds::<Tables>();

/// Every kind the addon can build.
pub static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry {
    maps: vec![
        steps::MAPS,
        gristmill_chat::MAPS,
        gristmill_text::MAPS,
        gristmill_token::MAPS,
        gristmill_dedup::MAPS,
        gristmill_sequence::MAPS,
        &TABLE_MAPS,
    ],
    keys: vec![steps::KEYS, gristmill_chat::KEYS, gristmill_dedup::KEYS, gristmill_sequence::KEYS],
    groups: vec![gristmill_chat::GROUPS, gristmill_sequence::GROUPS],
    folds: vec![steps::FOLDS, gristmill_chat::FOLDS, gristmill_token::FOLDS, &TABLE_FOLDS],
    formats: vec![gristmill_write::FORMATS, gristmill_dedup::FORMATS],
    open_input: Some(open_input),
});

fn open_input(spec: &Value) -> Result<Source, Failure> {
    gristmill_read::open(options_from("input", spec)?)
}

impl OpenTable for Tables {
    fn open(path: &str) -> Result<Source, Failure> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        let request = ProbeRequest {
            path: path.to_owned(),
            name: name.clone(),
            format: None,
            options: ReadOptions::default(),
            split_bytes: u64::MAX,
        };
        let Probe { format, codec, splits, columns, .. } = gristmill_read::probe(&request)?;
        let item = |split| Item { path: path.to_owned(), name: name.clone(), format, codec, split };
        gristmill_read::open(OpenRequest {
            splits: splits.into_iter().map(item).collect(),
            columns,
            options: ReadOptions::default(),
            key: None,
            source: None,
        })
    }
}
