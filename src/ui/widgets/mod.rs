//! Pieces that pages are made of.

pub(crate) mod compare_slider;
pub(crate) mod controls;
pub(crate) mod credentials;
pub(crate) mod crop;
pub(crate) mod damaged;
pub(crate) mod filmstrip;
pub(crate) mod gallery;
pub(crate) mod gauge;
pub(crate) mod job_list;
pub(crate) mod large_picture;
pub(crate) mod loss_plot;
pub(crate) mod mask_brush;
pub(crate) mod mask_overlay;
pub(crate) mod named_files;
pub(crate) mod parsed;
pub(crate) mod picture_card;
pub(crate) mod picture_finder;
pub(crate) mod picture_offers;
pub mod picture_paint;
pub mod picture_view;
pub(crate) mod prompt_field;
pub(crate) mod tile;
pub(crate) mod word_card;
