//! `.model` files: pieces and specs, read and written without losing a field.

use super::failure::SpmFailure;
use super::wire::{Message, Wire, write_field};

/// What a piece is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Learned from text.
    Normal = 1,
    /// Stands for text that no piece covers.
    Unknown = 2,
    /// A mark such as `<s>`, never found in text.
    Control = 3,
    /// Given by the user, found before anything else.
    UserDefined = 4,
    /// Kept in the file, out of use.
    Unused = 5,
    /// One byte of a character that no piece covers.
    Byte = 6,
}

impl PieceKind {
    fn from_number(number: u64) -> Option<Self> {
        [Self::Normal, Self::Unknown, Self::Control, Self::UserDefined, Self::Unused, Self::Byte]
            .into_iter()
            .find(|kind| *kind as u64 == number)
    }
}

/// One entry of the vocabulary; its id is its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Its text, U+2581 for a space.
    pub text: String,
    /// Log probability (unigram) or negative rank (BPE).
    pub score: f32,
    /// What it is for.
    pub kind: PieceKind,
    unknown: Message,
}

impl Piece {
    /// A new piece.
    #[must_use]
    pub fn new(text: impl Into<String>, score: f32, kind: PieceKind) -> Self {
        Self { text: text.into(), score, kind, unknown: Message::default() }
    }

    fn read(id: usize, bytes: &[u8]) -> Result<Self, SpmFailure> {
        let mut piece = Self::new("", 0.0, PieceKind::Normal);
        for (number, value) in Message::read(bytes)?.into_fields() {
            match (number, value) {
                (1, Wire::Bytes(text)) => {
                    piece.text = String::from_utf8(text)
                        .map_err(|_| SpmFailure::Piece { id, what: "is not UTF-8" })?;
                }
                (2, Wire::Fixed32(bits)) => piece.score = f32::from_bits(bits),
                (3, Wire::Varint(kind)) => {
                    piece.kind = PieceKind::from_number(kind)
                        .ok_or(SpmFailure::Piece { id, what: "has an unknown type" })?;
                }
                (number, value) => piece.unknown.push(number, value),
            }
        }
        Ok(piece)
    }

    fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 9);
        write_field(1, &Wire::Bytes(self.text.as_bytes().to_vec()), &mut out);
        write_field(2, &Wire::Fixed32(self.score.to_bits()), &mut out);
        if self.kind != PieceKind::Normal {
            write_field(3, &Wire::Varint(self.kind as u64), &mut out);
        }
        self.unknown.write(&mut out);
        out
    }
}

/// How a model splits text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// The most probable segmentation.
    Unigram,
    /// Merges of adjacent pairs.
    Bpe,
    /// Whole words.
    Word,
    /// Characters.
    Char,
}

/// A `.model` file in memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpmModel {
    /// The vocabulary; ids are places.
    pub pieces: Vec<Piece>,
    pub(crate) trainer: Option<Message>,
    pub(crate) normalizer: Option<Message>,
    pub(crate) denormalizer: Option<Message>,
    pub(crate) unknown: Message,
}

impl SpmModel {
    /// Reads the bytes of a `.model` file.
    pub fn read(bytes: &[u8]) -> Result<Self, SpmFailure> {
        let mut model = Self::default();
        for (number, value) in Message::read(bytes)?.into_fields() {
            let spec = match (number, &value) {
                (1, Wire::Bytes(piece)) => {
                    model.pieces.push(Piece::read(model.pieces.len(), piece)?);
                    continue;
                }
                (2, Wire::Bytes(spec)) => (&mut model.trainer, spec),
                (3, Wire::Bytes(spec)) => (&mut model.normalizer, spec),
                (5, Wire::Bytes(spec)) => (&mut model.denormalizer, spec),
                _ => {
                    model.unknown.push(number, value);
                    continue;
                }
            };
            spec.0.get_or_insert_default().merge(Message::read(spec.1)?);
        }
        if model.pieces.is_empty() {
            return Err(SpmFailure::Model { what: "holds no pieces" });
        }
        Ok(model)
    }

    /// The bytes of the file: fields in the order of their numbers, as the reference writes them.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in &self.pieces {
            write_field(1, &Wire::Bytes(piece.write()), &mut out);
        }
        let specs = [(2, &self.trainer), (3, &self.normalizer), (5, &self.denormalizer)];
        let mut fields: Vec<(u32, Wire)> = specs
            .into_iter()
            .filter_map(|(number, spec)| {
                let mut bytes = Vec::new();
                spec.as_ref()?.write(&mut bytes);
                Some((number, Wire::Bytes(bytes)))
            })
            .chain(self.unknown.fields().iter().cloned())
            .collect();
        fields.sort_by_key(|(number, _)| *number);
        for (number, value) in &fields {
            write_field(*number, value, &mut out);
        }
        out
    }

    fn trainer_bool(&self, number: u32) -> bool {
        self.trainer.as_ref().is_some_and(|spec| spec.bool(number, false))
    }

    fn normalizer_bool(&self, number: u32) -> bool {
        self.normalizer.as_ref().is_none_or(|spec| spec.bool(number, true))
    }

    /// How the model splits text.
    pub fn kind(&self) -> Result<ModelKind, SpmFailure> {
        match self.trainer.as_ref().map_or(1, |spec| spec.int(3, 1)) {
            1 => Ok(ModelKind::Unigram),
            2 => Ok(ModelKind::Bpe),
            3 => Ok(ModelKind::Word),
            4 => Ok(ModelKind::Char),
            _ => Err(SpmFailure::Model { what: "has an unknown type" }),
        }
    }

    /// Whether characters without a piece become bytes.
    #[must_use]
    pub fn byte_fallback(&self) -> bool {
        self.trainer_bool(35)
    }

    /// Whether a space belongs to the word before it.
    #[must_use]
    pub fn whitespace_as_suffix(&self) -> bool {
        self.trainer_bool(24)
    }

    /// Text that an unknown piece decodes to.
    pub fn unk_surface(&self) -> Result<&str, SpmFailure> {
        match self.trainer.as_ref().and_then(|spec| spec.bytes(44)) {
            None => Ok(" \u{2047} "),
            Some(bytes) => std::str::from_utf8(bytes)
                .map_err(|_| SpmFailure::Model { what: "has an `unk_surface` that is not UTF-8" }),
        }
    }

    /// Name of the normalisation.
    #[must_use]
    pub fn normalizer_name(&self) -> Option<&str> {
        std::str::from_utf8(self.normalizer.as_ref()?.bytes(1)?).ok()
    }

    /// The compiled character map; empty when characters stay as they are.
    #[must_use]
    pub fn charsmap(&self) -> &[u8] {
        self.normalizer.as_ref().and_then(|spec| spec.bytes(2)).unwrap_or_default()
    }

    /// The compiled character map applied to decoded text; empty in nearly all models.
    #[must_use]
    pub fn denormalizer_charsmap(&self) -> &[u8] {
        self.denormalizer.as_ref().and_then(|spec| spec.bytes(2)).unwrap_or_default()
    }

    /// Whether a space is put in front of the text.
    #[must_use]
    pub fn add_dummy_prefix(&self) -> bool {
        self.normalizer_bool(3)
    }

    /// Whether runs of spaces become one and outer ones go.
    #[must_use]
    pub fn remove_extra_whitespaces(&self) -> bool {
        self.normalizer_bool(4)
    }

    /// Whether spaces become U+2581.
    #[must_use]
    pub fn escape_whitespaces(&self) -> bool {
        self.normalizer_bool(5)
    }
}
