//! What an artist decides and what a run leaves behind, as plain data: the word, the pictures, the sentences,
//! the settings, the run folder.
//!
//! Everything here can be written to disk and read back; nothing here knows a tensor, a device or a window.

mod checkpoint;
pub mod comparison;
mod concept;
mod context_sentences;
mod data_dir;
pub mod dataset;
pub mod draft;
pub mod edit;
pub mod evaluation;
mod family;
pub mod file_hashes;
pub mod files;
pub mod generate;
mod going_on;
mod into_range;
mod lineage;
mod losses;
mod low_memory;
pub mod lr;
pub mod manifest;
mod method;
mod named_enum;
mod numbers;
pub mod options;
pub mod picture;
mod picture_entry;
mod refinements;
mod resample;
pub mod run;
pub mod settings;
pub mod sharing;
pub mod template;
mod tensor_header;
pub mod verdict;
mod word_start;

pub use checkpoint::Checkpoint;
pub use concept::{Concept, ConceptKind};
pub use context_sentences::context_sentences;
pub use data_dir::DataDir;
pub use dataset::Dataset;
pub use draft::Draft;
pub use edit::{BlendOrder, EditArea, EditSettings, Seam};
pub use family::Family;
pub use generate::{Emphasis, GenerateSettings, ModelDefaults, PreviewSettings, SamplerKind, SigmaSpacing};
pub use going_on::{Continuation, Stage};
pub use lineage::Lineage;
pub use losses::LossRow;
pub use low_memory::LowMemory;
pub use lr::{AdamW, LearningRate, LrSchedule};
pub use manifest::{PictureRecord, RunManifest, RunState, RunStatus};
pub use method::{LossWeighting, Optimizer, TimestepSampling};
pub use numbers::{NumberFormat, Precision, WeightFormat};
pub use picture::{PictureNotes, PreparedPicture, prepare};
pub use picture_entry::{Crop, PictureEntry, Rights};
pub use refinements::Refinements;
pub use resample::Filter;
pub use run::{Latest, RunFolder, RunLock};
pub use settings::{LearnSettings, Preset, TemplateSource};
pub use template::TemplateSet;
pub use tensor_header::tensor_header;
pub use word_start::WordStart;
