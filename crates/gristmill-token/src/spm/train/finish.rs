//! From learned pieces to a model file.

use std::collections::HashSet;

use super::super::failure::SpmFailure;
use super::super::model::{Piece, PieceKind, SpmModel};
use super::super::rules::nmt_nfkc;
use super::super::wire::{Message, Wire};
use super::Pieces;
use super::options::TrainOptions;

/// Scores are multiples of one part in so many: sums of them are exact in single precision, so that programs that add
/// in double give the same segmentation.
const GRAIN: f64 = 1024.0;

/// How many pieces are to be learned besides the special ones.
pub(super) fn learned(options: &TrainOptions, chars: usize) -> Result<usize, SpmFailure> {
    let special = special(options).len();
    let needed = special + chars;
    if options.vocab_size < needed {
        return Err(SpmFailure::VocabTooSmall { wanted: options.vocab_size, needed });
    }
    Ok(options.vocab_size - special)
}

fn special(options: &TrainOptions) -> Vec<Piece> {
    let mut pieces = vec![
        Piece::new("<unk>", 0.0, PieceKind::Unknown),
        Piece::new("<s>", 0.0, PieceKind::Control),
        Piece::new("</s>", 0.0, PieceKind::Control),
    ];
    pieces.extend(options.control_symbols.iter().map(|text| Piece::new(text, 0.0, PieceKind::Control)));
    pieces.extend(
        options.user_defined_symbols.iter().map(|text| Piece::new(text, 0.0, PieceKind::UserDefined)),
    );
    if options.byte_fallback {
        pieces.extend((0..=255u8).map(|byte| Piece::new(format!("<0x{byte:02X}>"), 0.0, PieceKind::Byte)));
    }
    pieces
}

/// The model before training: special pieces and specs.
pub(super) fn base(options: &TrainOptions) -> Result<SpmModel, SpmFailure> {
    let mut trainer = Message::default();
    let flag = |value| Wire::Varint(u64::from(value));
    trainer.push(3, Wire::Varint(1));
    trainer.push(4, Wire::Varint(options.vocab_size as u64));
    trainer.push(10, Wire::Fixed32((options.character_coverage as f32).to_bits()));
    trainer.push(14, Wire::Varint(options.seed_size as u64));
    trainer.push(15, Wire::Fixed32((options.shrinking_factor as f32).to_bits()));
    trainer.push(17, Wire::Varint(options.sub_iterations as u64));
    trainer.push(20, Wire::Varint(options.max_piece_length as u64));
    trainer.push(21, flag(options.split_by_unicode_script));
    trainer.push(22, flag(options.split_by_whitespace));
    trainer.push(23, flag(options.split_by_number));
    trainer.push(25, flag(options.split_digits));
    for (number, symbols) in [(30, &options.control_symbols), (31, &options.user_defined_symbols)] {
        for symbol in symbols {
            trainer.push(number, Wire::Bytes(symbol.clone().into_bytes()));
        }
    }
    trainer.push(33, flag(options.hard_vocab_limit));
    trainer.push(35, flag(options.byte_fallback));
    let mut normalizer = Message::default();
    normalizer
        .push(1, Wire::Bytes(if options.nmt_nfkc { b"nmt_nfkc".to_vec() } else { b"identity".to_vec() }));
    normalizer.push(2, Wire::Bytes(if options.nmt_nfkc { nmt_nfkc()?.to_vec() } else { Vec::new() }));
    normalizer.push(3, flag(options.add_dummy_prefix));
    normalizer.push(4, flag(options.remove_extra_whitespaces));
    normalizer.push(5, flag(true));
    Ok(SpmModel {
        pieces: special(options),
        trainer: Some(trainer),
        normalizer: Some(normalizer),
        ..SpmModel::default()
    })
}

/// The trained model: special pieces, then learned ones by falling score.
pub(super) fn model(
    mut model: SpmModel,
    pieces: &Pieces,
    chars: &[(char, u64)],
    wanted: usize,
    options: &TrainOptions,
) -> Result<SpmModel, SpmFailure> {
    let special: HashSet<&str> = model.pieces.iter().map(|piece| piece.text.as_str()).collect();
    let mut order: Vec<usize> = (chars.len()..pieces.texts.len())
        .filter(|&id| !special.contains(pieces.texts[id].as_str()))
        .collect();
    order.sort_by(|&a, &b| {
        pieces.scores[b].total_cmp(&pieces.scores[a]).then_with(|| pieces.texts[a].cmp(&pieces.texts[b]))
    });
    order.truncate(wanted - chars.len());
    if order.len() + chars.len() < wanted && options.hard_vocab_limit {
        let possible = order.len() + chars.len() + special.len();
        return Err(SpmFailure::VocabTooLarge { wanted: options.vocab_size, possible });
    }
    order.extend((0..chars.len()).filter(|&id| !special.contains(pieces.texts[id].as_str())));
    order.sort_by(|&a, &b| {
        pieces.scores[b].total_cmp(&pieces.scores[a]).then_with(|| pieces.texts[a].cmp(&pieces.texts[b]))
    });
    let learned = order.iter().map(|&id| {
        Piece::new(
            &pieces.texts[id],
            (pieces.scores[id] * GRAIN).round() as f32 / GRAIN as f32,
            PieceKind::Normal,
        )
    });
    let learned: Vec<Piece> = learned.collect();
    model.pieces.extend(learned);
    if let Some(trainer) = model.trainer.as_mut().filter(|_| !options.hard_vocab_limit) {
        // As the reference does: the model says what size it has.
        trainer.set(4, Wire::Varint(model.pieces.len() as u64));
    }
    Ok(model)
}
