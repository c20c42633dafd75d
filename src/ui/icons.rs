//! The icons: places in `assets/fonts/Phosphor.ttf`, a cut of the Phosphor set that holds just these.
//!
//! An icon alone is never a label: buttons that show one carry a name besides.

/// `images`.
pub const IMAGES: &str = "\u{e836}";
/// `image`.
pub const IMAGE: &str = "\u{e2ca}";
/// `chart-line`.
pub const CHART: &str = "\u{e154}";
/// `paint-brush`.
pub const BRUSH: &str = "\u{e6f0}";
/// `books`.
pub const BOOKS: &str = "\u{e758}";
/// `cube`.
pub const CUBE: &str = "\u{e1da}";
/// `plus`.
pub const PLUS: &str = "\u{e3d4}";
/// `minus`.
pub const MINUS: &str = "\u{e32a}";
/// `folder-open`.
pub const FOLDER: &str = "\u{e256}";
/// `play`.
pub const PLAY: &str = "\u{e3d0}";
/// `pause`.
pub const PAUSE: &str = "\u{e39e}";
/// `stop`.
pub const STOP: &str = "\u{e46c}";
/// `eye`.
pub const EYE: &str = "\u{e220}";
/// `dice-five`.
pub const DICE: &str = "\u{e1ee}";
/// `lock`.
pub const LOCK: &str = "\u{e2fa}";
/// `lock-open`.
pub const UNLOCK: &str = "\u{e306}";
/// `download-simple`.
pub const DOWNLOAD: &str = "\u{e20c}";
/// `export`.
pub const EXPORT: &str = "\u{eaf0}";
/// `command`.
pub const COMMAND: &str = "\u{e1c4}";
/// `moon`.
pub const MOON: &str = "\u{e330}";
/// `question`.
pub const HELP: &str = "\u{e3e8}";
/// `info`.
pub const INFO: &str = "\u{e2ce}";
/// `sign-out`.
pub const EXIT: &str = "\u{e42a}";
/// `trash`.
pub const TRASH: &str = "\u{e4a6}";
/// `copy`.
pub const COPY: &str = "\u{e1ca}";
/// `pencil-simple`.
pub const PENCIL: &str = "\u{e3b4}";
/// `check`.
pub const CHECK: &str = "\u{e182}";
/// `warning`.
pub const WARNING: &str = "\u{e4e0}";
/// `warning-circle`.
pub const ERROR: &str = "\u{e4e2}";
/// `x`.
pub const CLOSE: &str = "\u{e4f6}";
/// `arrow-clockwise`.
pub const REPEAT: &str = "\u{e036}";
/// `floppy-disk`.
pub const SAVE: &str = "\u{e248}";
/// `sparkle`.
pub const SPARKLE: &str = "\u{e6a2}";
/// `grid-four`.
pub const GRID: &str = "\u{e296}";
/// `square-split-horizontal`.
pub const SPLIT: &str = "\u{e870}";
/// `corners-out`.
pub const FIT: &str = "\u{e1d0}";
/// `selection-plus`.
pub const MASK: &str = "\u{e69c}";
/// `crop`.
pub const CROP: &str = "\u{e1d4}";
/// `caret-right`.
pub const RIGHT: &str = "\u{e13a}";
/// `cpu`.
pub const CPU: &str = "\u{e610}";
/// `graphics-card`.
pub const GPU: &str = "\u{e612}";
/// `clock`.
pub const CLOCK: &str = "\u{e19a}";
/// `queue`.
pub const QUEUE: &str = "\u{e6ac}";
/// `arrow-counter-clockwise`.
pub const UNDO: &str = "\u{e038}";
/// `clipboard-text`.
pub const CLIPBOARD: &str = "\u{e198}";
/// `palette`.
pub const PALETTE: &str = "\u{e6c8}";
/// `shapes`.
pub const SHAPES: &str = "\u{ec5e}";
