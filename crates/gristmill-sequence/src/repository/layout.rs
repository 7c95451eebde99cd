//! Layouts of `StarCoder2` (Lozhkov et al. 2024, <https://arxiv.org/abs/2402.19173>), Qwen2.5-Coder (Hui et al. 2024,
//! <https://arxiv.org/abs/2409.12186>), and files with nothing but a separator between them.

use std::ops::Range;

use serde::Deserialize;

use crate::fim::{Order, Profile, lay_out};

/// Whose layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// A separator between texts, no names.
    #[default]
    Plain,
    /// `<repo_name>name<file_sep>path⏎text…`, or texts alone; a cut file keeps its place, path and text cut as one.
    Starcoder2,
    /// `<|repo_name|>name`, then `<|file_sep|>path` and text, each on lines of their own; a cut file comes last.
    Qwen,
}

/// A file.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// Its path in the repository.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What is laid out.
pub struct Packed<'a> {
    /// Name of the repository.
    pub repository: &'a str,
    /// Its files, in order.
    pub files: &'a [SourceFile<'a>],
    /// Whether names and paths are told; [`Style::Starcoder2`] alone leaves them out.
    pub names: bool,
    /// File that is cut, its holes, and the order of the pieces. Holes are byte ranges of what [`Packed::cut_text`] gives.
    pub cut: Option<(usize, Vec<Range<usize>>, Order)>,
    /// Closes the text.
    pub end: &'a str,
}

impl Packed<'_> {
    /// The text of a file that is cut: in [`Style::Starcoder2`] with its path before it, where paths are told.
    #[must_use]
    pub fn cut_text(style: Style, names: bool, file: SourceFile<'_>) -> String {
        if style == Style::Starcoder2 && names {
            [file.path, "\n", file.text].concat()
        } else {
            file.text.to_owned()
        }
    }

    /// The text of a file, cut if it is the one.
    fn body(&self, style: Style, at: usize, out: &mut String) -> Option<usize> {
        let text = Self::cut_text(style, self.names, self.files[at]);
        match &self.cut {
            Some((cut, holes, order)) if *cut == at => {
                let profile = if style == Style::Starcoder2 { Profile::Starcoder } else { Profile::Qwen };
                lay_out(&text, holes, *order, &profile.tokens(), out)
            }
            _ => {
                out.push_str(&text);
                None
            }
        }
    }
}

/// Appends the files of a repository as one text; gives the seam as [`lay_out`] does.
pub fn lay_out_files(style: Style, packed: &Packed<'_>, out: &mut String) -> Option<usize> {
    let mut seam = None;
    match style {
        Style::Plain => {
            for at in 0..packed.files.len() {
                if at > 0 {
                    out.push_str("<|file_separator|>");
                }
                seam = seam.or(packed.body(style, at, out));
            }
        }
        Style::Starcoder2 => {
            if packed.names {
                out.push_str("<repo_name>");
                out.push_str(packed.repository);
            }
            for at in 0..packed.files.len() {
                out.push_str("<file_sep>");
                seam = seam.or(packed.body(style, at, out));
            }
        }
        Style::Qwen => {
            out.extend(["<|repo_name|>", packed.repository]);
            let cut = packed.cut.as_ref().map(|(cut, ..)| *cut);
            let others = (0..packed.files.len()).filter(|at| Some(*at) != cut);
            for at in others.chain(cut) {
                out.extend(["\n<|file_sep|>", packed.files[at].path, "\n"]);
                seam = seam.or(packed.body(style, at, out));
            }
        }
    }
    out.push_str(packed.end);
    seam
}
