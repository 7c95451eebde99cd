//! A model made of parts that come from elsewhere.

use super::model::{ModelKind, Piece, PieceKind, SpmModel};
use super::wire::{Message, Wire};

/// What happens to text before it is split.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NormalForm {
    /// The compiled character map; empty when characters stay as they are.
    pub charsmap: Vec<u8>,
    /// Whether a space is put in front.
    pub add_dummy_prefix: bool,
    /// Whether runs of spaces become one and outer ones go.
    pub remove_extra_whitespaces: bool,
}

const MARKS: [(&str, u32, u32, &str); 3] =
    [("bos_token", 41, 46, "<s>"), ("eos_token", 42, 47, "</s>"), ("pad_token", 43, 48, "<pad>")];

impl SpmModel {
    /// A model of these pieces. `marks` are the texts of the begin, end and padding pieces.
    #[must_use]
    pub fn assemble(
        kind: ModelKind,
        pieces: Vec<Piece>,
        byte_fallback: bool,
        form: NormalForm,
        marks: [Option<&str>; 3],
    ) -> Self {
        let place = |wanted: &dyn Fn(&Piece) -> bool| pieces.iter().position(wanted);
        let mut trainer = Message::default();
        let flag = |value| Wire::Varint(u64::from(value));
        let kind = match kind {
            ModelKind::Unigram => 1,
            ModelKind::Bpe => 2,
            ModelKind::Word => 3,
            ModelKind::Char => 4,
        };
        trainer.push(3, Wire::Varint(kind));
        trainer.push(4, Wire::Varint(pieces.len() as u64));
        trainer.push(35, flag(byte_fallback));
        let unknown = place(&|piece| piece.kind == PieceKind::Unknown);
        trainer.push(40, Wire::Varint(unknown.unwrap_or_default() as u64));
        let mut names = Vec::new();
        for ((_, id, name, _), mark) in MARKS.into_iter().zip(marks) {
            let found =
                mark.and_then(|mark| place(&|piece| piece.kind == PieceKind::Control && piece.text == mark));
            trainer.push(id, Wire::Varint(found.map_or(-1, |id| id as i64) as u64));
            if let (Some(_), Some(mark)) = (found, mark) {
                names.push((name, mark));
            }
        }
        if let Some(unknown) = unknown {
            trainer.push(45, Wire::Bytes(pieces[unknown].text.clone().into_bytes()));
        }
        for (number, mark) in names {
            trainer.push(number, Wire::Bytes(mark.as_bytes().to_vec()));
        }
        let mut normalizer = Message::default();
        normalizer
            .push(1, Wire::Bytes(if form.charsmap.is_empty() { "identity" } else { "user_defined" }.into()));
        normalizer.push(2, Wire::Bytes(form.charsmap));
        normalizer.push(3, flag(form.add_dummy_prefix));
        normalizer.push(4, flag(form.remove_extra_whitespaces));
        normalizer.push(5, flag(true));
        Self { pieces, trainer: Some(trainer), normalizer: Some(normalizer), ..Self::default() }
    }

    /// Texts of the begin, end and padding marks, by the names the files of others have for them.
    #[must_use]
    pub fn marks(&self) -> [(&'static str, &str); 3] {
        MARKS.map(|(role, _, number, usual)| {
            let text = self.trainer.as_ref().and_then(|spec| spec.bytes(number));
            (role, text.and_then(|text| std::str::from_utf8(text).ok()).unwrap_or(usual))
        })
    }
}
