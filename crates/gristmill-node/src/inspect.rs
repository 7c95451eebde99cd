//! Questions that are answered without a run: what a file is, which kinds there are, what the machine has.

use std::path::PathBuf;

use gristmill_core::{Failure, no_side_inputs, options_from};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::engine::pool;
use crate::outcome::{Outcome, blocking, json as parse, outcome};
use crate::registry::REGISTRY;

/// Looks at an input file: format, compression, splits, columns. Takes and gives JSON.
#[napi]
pub async fn probe(spec: String) -> Outcome<String> {
    blocking(move || {
        let request = options_from("probe", &parse(&spec)?)?;
        let found = gristmill_read::probe_on(&request, pool()?.threads())?;
        Ok(serde_json::to_value(found).unwrap_or_default().to_string())
    })
    .await
}

/// The union of columns over several files, in order of appearance. Takes a JSON array of column lists.
#[napi(catch_unwind)]
pub fn merge_columns(lists: String) -> Outcome<String> {
    outcome(parse(&lists).and_then(|lists| {
        let lists: Vec<Vec<gristmill_read::ColumnSpec>> = options_from("columns", &lists)?;
        let merged = gristmill_read::merge_columns(&lists);
        Ok(serde_json::to_value(merged).unwrap_or_default().to_string())
    }))
}

/// Whether a native kind accepts options. `shape` is `map`, `key`, `group` or `fold`.
#[napi(catch_unwind)]
pub fn check_options(shape: String, kind: String, options: String) -> Outcome<bool> {
    outcome(check(&shape, &kind, &options))
}

fn check(shape: &str, kind: &str, options: &str) -> Result<bool, Failure> {
    let options = parse(options)?;
    match shape {
        "key" => REGISTRY.build_key(kind, &options).map(drop)?,
        "fold" => REGISTRY.build_fold(kind, &options).map(drop)?,
        // A step that reads a fold cannot be built without its result; that it asks for it means that the options
        // were understood.
        _ => {
            let built = if shape == "group" {
                REGISTRY.build_group(kind, &options, &no_side_inputs()).map(drop)
            } else {
                REGISTRY.build_map(kind, &options, &no_side_inputs()).map(drop)
            };
            match built {
                Err(failure) if failure.code() != "GM_STEP_MISSING_SIDE_INPUT" => return Err(failure),
                _ => {}
            }
        }
    }
    Ok(true)
}

/// All native kinds, as JSON: shape to names.
#[napi(catch_unwind)]
pub fn kinds() -> String {
    let r = &*REGISTRY;
    json!({
        "maps": r.maps.iter().flat_map(|l| l.iter()).map(|d| d.kind).collect::<Vec<_>>(),
        "keys": r.keys.iter().flat_map(|l| l.iter()).map(|d| d.kind).collect::<Vec<_>>(),
        "groups": r.groups.iter().flat_map(|l| l.iter()).map(|d| d.kind).collect::<Vec<_>>(),
        "folds": r.folds.iter().flat_map(|l| l.iter()).map(|d| d.kind).collect::<Vec<_>>(),
        "formats": r.formats.iter().flat_map(|l| l.iter()).map(|d| d.kind).collect::<Vec<_>>(),
    })
    .to_string()
}

/// Version, threads, processor features and how it was compiled, as JSON.
#[napi(catch_unwind)]
pub fn describe() -> Outcome<String> {
    outcome(pool().map(|pool| {
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "threads": pool.threads(),
            "cpu": features(),
            "allocator": "mimalloc",
            "profile": env!("GRISTMILL_PROFILE"),
        })
        .to_string()
    }))
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let mut found = Vec::new();
    for (name, present) in [
        ("sse4.2", std::arch::is_x86_feature_detected!("sse4.2")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("avx512bw", std::arch::is_x86_feature_detected!("avx512bw")),
        ("sha", std::arch::is_x86_feature_detected!("sha")),
    ] {
        if present {
            found.push(name);
        }
    }
    found
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    vec![std::env::consts::ARCH]
}

/// Figures of finished Parquet files for cards, as JSON.
#[napi(catch_unwind)]
pub fn figures(paths: Vec<String>) -> Outcome<String> {
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    outcome(gristmill_write::figures::figures(&paths).map(|value: Value| value.to_string()))
}
