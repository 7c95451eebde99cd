//! Finds native kinds by name over the lists that crates export.

use serde_json::Value;

use super::failure::EngineFailure;
use crate::failure::Failure;
use crate::format::{Format, FormatDef};
use crate::step::{
    FoldDef, FoldStep, GroupDef, GroupStep, KeyDef, KeyStep, MapDef, MapStep, SideInputs, Source,
};
use arrow_schema::SchemaRef;

/// Everything the engine can build, put together by the binding from the lists of all crates.
#[derive(Default)]
pub struct Registry {
    /// Map steps.
    pub maps: Vec<&'static [MapDef]>,
    /// Key steps.
    pub keys: Vec<&'static [KeyDef]>,
    /// Group steps.
    pub groups: Vec<&'static [GroupDef]>,
    /// Folds.
    pub folds: Vec<&'static [FoldDef]>,
    /// Output formats.
    pub formats: Vec<&'static [FormatDef]>,
    /// Opens input files from a reader specification.
    #[expect(clippy::type_complexity, reason = "one function signature, spelled out where it is read")]
    pub open_input: Option<fn(&Value) -> Result<Source, Failure>>,
}

macro_rules! finder {
    ($(#[$doc:meta])* $name:ident, $list:ident, $def:ty, $shape:literal) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// `GM_PLAN_UNKNOWN_KIND`.
        pub fn $name(&self, kind: &str) -> Result<&'static $def, Failure> {
            self.$list
                .iter()
                .flat_map(|defs| defs.iter())
                .find(|def| def.kind == kind)
                .ok_or_else(|| EngineFailure::UnknownKind { shape: $shape, kind: kind.to_owned() }.into())
        }
    };
}

impl Registry {
    finder!(
        /// The definition of a map step.
        map, maps, MapDef, "map"
    );
    finder!(
        /// The definition of a key step.
        key, keys, KeyDef, "key step"
    );
    finder!(
        /// The definition of a group step.
        group, groups, GroupDef, "group"
    );
    finder!(
        /// The definition of a fold.
        fold, folds, FoldDef, "fold"
    );
    finder!(
        /// The definition of an output format.
        format, formats, FormatDef, "format"
    );

    /// Builds a map step.
    ///
    /// # Errors
    /// `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
    pub fn build_map(
        &self,
        kind: &str,
        options: &Value,
        side: &SideInputs,
    ) -> Result<Box<dyn MapStep>, Failure> {
        (self.map(kind)?.build)(options, side)
    }

    /// Builds a key step.
    ///
    /// # Errors
    /// `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
    pub fn build_key(&self, kind: &str, options: &Value) -> Result<Box<dyn KeyStep>, Failure> {
        (self.key(kind)?.build)(options)
    }

    /// Builds a group step.
    ///
    /// # Errors
    /// `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
    pub fn build_group(
        &self,
        kind: &str,
        options: &Value,
        side: &SideInputs,
    ) -> Result<Box<dyn GroupStep>, Failure> {
        (self.group(kind)?.build)(options, side)
    }

    /// Builds a fold.
    ///
    /// # Errors
    /// `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
    pub fn build_fold(&self, kind: &str, options: &Value) -> Result<Box<dyn FoldStep>, Failure> {
        (self.fold(kind)?.build)(options)
    }

    /// Builds an output format.
    ///
    /// # Errors
    /// `GM_PLAN_UNKNOWN_KIND`, `GM_STEP_BAD_OPTIONS`.
    pub fn build_format(
        &self,
        kind: &str,
        options: &Value,
        schema: &SchemaRef,
    ) -> Result<Box<dyn Format>, Failure> {
        (self.format(kind)?.build)(options, schema)
    }
}
