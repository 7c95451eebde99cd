//! Model files of the golden set, and broken ones.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::PathBuf;

use gristmill_token::spm::{Arithmetic, SpmModel, SpmTokenizer, read_vocab, write_vocab};
use proptest::prelude::*;

fn models() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden/mixture/spm/models");
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("skipped: the golden models are not here");
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "model"));
    paths.sort();
    paths
}

#[test]
fn models_are_written_as_they_were_read() {
    for path in models() {
        let bytes = std::fs::read(&path).unwrap();
        let model = SpmModel::read(&bytes).unwrap();
        assert!(model.write() == bytes, "{}", path.display());
        assert_eq!(SpmModel::read(&model.write()).unwrap(), model);
    }
}

#[test]
fn vocabularies_are_written_as_the_reference_wrote_them() {
    for path in models() {
        let model = SpmModel::read(&std::fs::read(&path).unwrap()).unwrap();
        let vocab = std::fs::read_to_string(path.with_extension("vocab")).unwrap();
        assert!(write_vocab(&model) == vocab, "{}", path.display());
        let entries = read_vocab(&vocab).unwrap();
        assert!(entries.iter().map(|(text, _)| text).eq(model.pieces.iter().map(|piece| &piece.text)));
    }
}

#[test]
fn unknown_fields_survive() {
    let mut bytes = vec![0x0A, 8, 0x0A, 1, b'a', 0x15, 0, 0, 0x80, 0xBF];
    bytes.extend_from_slice(&[0x0A, 13, 0x0A, 1, b'b', 0x15, 0, 0, 0, 0, 0x18, 6, 0x20, 0xAC, 0x02]);
    bytes.extend_from_slice(&[
        0x12, 5, 0x18, 2, 0xC2, 0x3E, 0, 0x1A, 2, 0x18, 0, 0x22, 1, 0x0A, 0x7D, 1, 2, 3, 4,
    ]);
    let model = SpmModel::read(&bytes).unwrap();
    assert_eq!(model.pieces.len(), 2);
    assert!(!model.add_dummy_prefix());
    assert_eq!(model.write(), bytes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_give_a_model_or_a_failure(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(model) = SpmModel::read(&bytes) {
            let written = model.write();
            prop_assert_eq!(SpmModel::read(&written).map(|model| model.write()).unwrap(), written);
        }
    }

    #[test]
    fn damaged_models_do_no_harm(
        which in 0usize..11, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(), text in "\\PC{0,40}"
    ) {
        let paths = models();
        if paths.is_empty() {
            return Ok(());
        }
        let mut bytes = std::fs::read(&paths[which % paths.len()]).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(model) = SpmModel::read(&bytes)
            && let Ok(tokenizer) = SpmTokenizer::new(model, Arithmetic::Float)
        {
            let aligned = tokenizer.normalizer().aligned(&text);
            prop_assert_eq!(aligned.places.len(), aligned.text.len() + 1);
            let mut ids = Vec::new();
            tokenizer.encoder().encode(&text, &mut ids);
            tokenizer.decode(&ids).unwrap();
        }
    }
}
