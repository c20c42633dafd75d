//! Every colour, distance and font of the window, for light and dark; nothing else in the window names a colour.

#![expect(clippy::disallowed_methods, reason = "the colours of the window live here and nowhere else")]

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle,
    Theme, Ui, Visuals, vec2,
};

/// The smallest window that is asked for, in points. A small screen or magnification can make it smaller.
pub const SMALLEST: [f32; 2] = [960.0, 600.0];
/// Small distance, between things that belong together.
pub const NEAR: f32 = 6.0;
/// Usual distance.
pub const GAP: f32 = 12.0;
/// Large distance, between groups.
pub const FAR: f32 = 24.0;
/// Side of a picture card.
pub const CARD: f32 = 128.0;
/// Rounding of cards and pictures.
pub const ROUND: u8 = 8;
/// Margin inside a page, the same in all of them.
pub const PAGE_MARGIN: Margin = Margin::symmetric(18, 14);
/// Margin inside a card.
pub const MARGIN: Margin = Margin::same(10);

/// The colours that egui's own style has no name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// What is chosen, the main button, the line that matters: the running mean of the loss.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Quiet text.
    pub quiet: Color32,
    /// A card's ground.
    pub card: Color32,
    /// A card's edge.
    pub edge: Color32,
    /// Good.
    pub good: Color32,
    /// Careful.
    pub warning: Color32,
    /// Failed.
    pub error: Color32,
    /// Faint dots: the raw loss.
    pub faint: Color32,
    /// The held-out loss.
    pub held_out: Color32,
    /// Laid over what is not learned.
    pub veil: Color32,
}

const DARK: Tokens = Tokens {
    accent: Color32::from_rgb(0xF2, 0x8C, 0x5A),
    on_accent: Color32::from_rgb(0x24, 0x14, 0x0C),
    quiet: Color32::from_rgb(0x9A, 0x96, 0x93),
    card: Color32::from_rgb(0x2B, 0x2A, 0x2C),
    edge: Color32::from_rgb(0x3D, 0x3B, 0x3E),
    good: Color32::from_rgb(0x7F, 0xC8, 0x8A),
    warning: Color32::from_rgb(0xE8, 0xC0, 0x62),
    error: Color32::from_rgb(0xF0, 0x7A, 0x74),
    faint: Color32::from_rgb(0x5F, 0x5B, 0x60),
    held_out: Color32::from_rgb(0x6C, 0xB2, 0xE8),
    veil: Color32::from_rgba_premultiplied(0, 0, 0, 150),
};

const LIGHT: Tokens = Tokens {
    accent: Color32::from_rgb(0xB8, 0x4B, 0x1C),
    on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    quiet: Color32::from_rgb(0x6A, 0x66, 0x63),
    card: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    edge: Color32::from_rgb(0xDC, 0xD7, 0xD1),
    good: Color32::from_rgb(0x2C, 0x7A, 0x3D),
    warning: Color32::from_rgb(0x8C, 0x63, 0x00),
    error: Color32::from_rgb(0xB3, 0x26, 0x1E),
    faint: Color32::from_rgb(0xC4, 0xBE, 0xB8),
    held_out: Color32::from_rgb(0x1E, 0x6B, 0xA8),
    veil: Color32::from_rgba_premultiplied(70, 66, 62, 150),
};

/// Whether the window is narrower than was asked for, so that what stands beside a heading needs a line of its own.
pub fn is_narrow(ui: &Ui) -> bool {
    ui.ctx().content_rect().width() < SMALLEST[0]
}

/// The colours of the theme this part of the window is drawn in.
pub fn tokens(ui: &Ui) -> Tokens {
    if ui.visuals().dark_mode { DARK } else { LIGHT }
}

/// How far a job is, below the program's icon: what is done, and what is left.
pub const ON_ICON: [Color32; 2] = [DARK.accent, DARK.edge];

/// Several things in one plot; they are told apart by their marks as well.
const SERIES: [[Color32; 6]; 2] = [
    [
        Color32::from_rgb(0xF2, 0x8C, 0x5A),
        Color32::from_rgb(0x6C, 0xB2, 0xE8),
        Color32::from_rgb(0x7F, 0xC8, 0x8A),
        Color32::from_rgb(0xC9, 0xA0, 0xEC),
        Color32::from_rgb(0xE8, 0xC0, 0x62),
        Color32::from_rgb(0x5F, 0xCF, 0xC6),
    ],
    [
        Color32::from_rgb(0xB8, 0x4B, 0x1C),
        Color32::from_rgb(0x1E, 0x6B, 0xA8),
        Color32::from_rgb(0x2C, 0x7A, 0x3D),
        Color32::from_rgb(0x7A, 0x3F, 0xA8),
        Color32::from_rgb(0x8C, 0x63, 0x00),
        Color32::from_rgb(0x0F, 0x76, 0x6E),
    ],
];

/// The colour of one of several things in a plot.
pub fn series(ui: &Ui, place: usize) -> Color32 {
    let colours = &SERIES[usize::from(!ui.visuals().dark_mode)];
    colours[place % colours.len()]
}

/// The font for headings.
pub fn heading_family() -> FontFamily {
    FontFamily::Name("heading".into())
}

/// Puts fonts, spacing and colours in place, once.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for (theme, tokens) in [(Theme::Dark, DARK), (Theme::Light, LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme, tokens);
            style.spacing.item_spacing = vec2(8.0, 8.0);
            style.spacing.button_padding = vec2(10.0, 6.0);
            style.spacing.interact_size.y = 30.0;
            style.spacing.slider_width = 160.0;
            let sizes = [
                (TextStyle::Heading, 22.0, heading_family()),
                (TextStyle::Body, 14.5, FontFamily::Proportional),
                (TextStyle::Button, 14.5, FontFamily::Proportional),
                (TextStyle::Small, 12.0, FontFamily::Proportional),
                (TextStyle::Monospace, 13.0, FontFamily::Monospace),
            ];
            style.text_styles =
                sizes.into_iter().map(|(name, size, family)| (name, FontId::new(size, family))).collect();
        });
    }
}

fn visuals(theme: Theme, tokens: Tokens) -> Visuals {
    let dark = theme == Theme::Dark;
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let grey = Color32::from_gray;
    visuals.panel_fill =
        if dark { Color32::from_rgb(0x20, 0x1F, 0x21) } else { Color32::from_rgb(0xF6, 0xF3, 0xEF) };
    visuals.window_fill = tokens.card;
    visuals.extreme_bg_color =
        if dark { Color32::from_rgb(0x17, 0x16, 0x18) } else { Color32::from_rgb(0xEE, 0xEA, 0xE4) };
    visuals.faint_bg_color = tokens.card;
    visuals.override_text_color = Some(if dark { grey(0xE8) } else { grey(0x22) });
    visuals.hyperlink_color = tokens.accent;
    visuals.selection.bg_fill = tokens.accent.gamma_multiply(if dark { 0.35 } else { 0.25 });
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.window_corner_radius = CornerRadius::same(ROUND + 2);
    visuals.menu_corner_radius = CornerRadius::same(ROUND);
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.error;
    for widget in [
        &mut visuals.widgets.noninteractive,
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(6);
    }
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, tokens.edge);
    let button = if dark { Color32::from_rgb(0x36, 0x34, 0x38) } else { Color32::from_rgb(0xEA, 0xE5, 0xDF) };
    visuals.widgets.inactive.weak_bg_fill = button;
    // Boxes to tick, rails of sliders: they must be seen on a card as well.
    visuals.widgets.inactive.bg_fill =
        if dark { Color32::from_rgb(0x4E, 0x4B, 0x51) } else { Color32::from_rgb(0xD2, 0xCB, 0xC2) };
    visuals
}

/// Ours for Latin, Greek and Cyrillic, a fallback for Chinese, Japanese and Korean, the icons, and egui's own for
/// emoji; other scripts come from the system.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let ours: [(&str, &'static [u8]); 4] = [
        ("inter", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        ("inter-semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
        ("droid", include_bytes!("../../assets/fonts/DroidSansFallback.ttf")),
        ("icons", include_bytes!("../../assets/fonts/Phosphor.ttf")),
    ];
    for (name, bytes) in ours {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    }
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.insert(0, "inter".into());
    proportional.insert(1, "icons".into());
    proportional.push("droid".into());
    let mut heading = proportional.clone();
    heading.insert(0, "inter-semibold".into());
    fonts.families.entry(FontFamily::Monospace).or_default().push("droid".into());
    fonts.families.insert(heading_family(), heading);
    fonts
}
