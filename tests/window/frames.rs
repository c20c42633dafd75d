//! How long the window needs for a frame while a word is learned on the same device: a measurement, printed.
//!
//! `pseudoword --frame-stats` counts the window's own time on the processor. Here each frame is also waited for until
//! the graphics card has drawn it and the picture has been read back, so work of the engine that keeps the card from
//! drawing shows. Nothing is judged, and it is run by name only:
//! `PSEUDOWORD_TEST_DEVICE=vulkan ./dist/test --test window frames -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::wgpu::WgpuTestRenderer;
use egui_kittest::{Harness, kittest::Queryable as _};
use engine::message::DeviceChoice;
use ui::app::{App, Options};

use crate::stage::{options, until};

/// How long is measured.
const MEASURED: Duration = Duration::from_secs(20);

/// A renderer on a real graphics card, if there is one.
pub fn renderer() -> WgpuTestRenderer {
    let mut setup = eframe::egui_wgpu::WgpuSetupCreateNew::without_display_handle();
    setup.native_adapter_selector = Some(Arc::new(|adapters, _| {
        let software = |adapter: &&wgpu::Adapter| adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let best = adapters.iter().min_by_key(software).ok_or("no adapter")?;
        println!("the window is drawn by {}", best.get_info().name);
        Ok(best.clone())
    }));
    WgpuTestRenderer::from_setup(eframe::egui_wgpu::WgpuSetup::CreateNew(setup))
}

#[test]
#[ignore = "a measurement of this computer, which takes half a minute"]
fn frames_while_a_word_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let device: DeviceChoice =
        std::env::var("PSEUDOWORD_TEST_DEVICE").map_or(DeviceChoice::Cpu, |name| name.parse().unwrap());
    let options = Options { device, ..options(folder.path(), None) };
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .allow_missing_glyphs()
        .renderer(renderer())
        .build_eframe(move |cc| App::new(cc, options).unwrap());
    harness.get_by_label("Start with the sample").click_accesskit();
    until(&mut harness, "the sample can be learned", 60, |app| {
        app.state().obstacles().is_empty() && app.state().device.is_some() && app.state().views.len() == 5
    });
    println!("the engine works on {:?}", harness.state().state().device);
    let idle = frames(&mut harness, Duration::from_secs(3));
    println!("frames at rest: {idle}");
    harness.get_by_label("Learn").click_accesskit();
    until(&mut harness, "it learns", 300, |app| app.state().run.rows.len() >= 3);
    let before = (harness.state().state().run.rows.len(), Instant::now());
    let busy = frames(&mut harness, MEASURED);
    let steps = harness.state().state().run.rows.len() - before.0;
    println!("frames while learning: {busy}");
    println!("{steps} learning steps in {:.1} s", before.1.elapsed().as_secs_f64());
    assert!(steps > 0, "nothing was learned meanwhile");
}

/// Draws one frame after the other, sixty a second at most.
fn frames(harness: &mut Harness<'_, App>, duration: Duration) -> String {
    let mut all = Vec::new();
    let began = Instant::now();
    while began.elapsed() < duration {
        let start = Instant::now();
        harness.step();
        harness.render().unwrap();
        let took = start.elapsed();
        all.push(took.as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_micros(16_667).saturating_sub(took));
    }
    all.sort_by(f64::total_cmp);
    let at = |part: f64| all[((part * all.len() as f64).ceil() as usize).clamp(1, all.len()) - 1];
    format!(
        "{}, median {:.1} ms, 99th percentile {:.1} ms, longest {:.1} ms",
        all.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    )
}
