//! Pieces that pages are made of.

pub mod compare_slider;
pub mod controls;
pub mod crop;
pub mod damaged;
pub mod filmstrip;
pub mod gallery;
pub mod gauge;
pub mod loss_plot;
pub mod mask_brush;
pub mod picture_card;
pub mod picture_paint;
pub mod picture_view;
pub mod prompt_field;
pub mod word_card;
