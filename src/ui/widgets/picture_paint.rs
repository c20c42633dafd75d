//! Draws a picture view with `shaders/picture_view.wgsl`: the textures, and the numbers that each view gives
//! the shader. It draws a [`Scene`] as it is told and decides nothing about zoom or pan; where there is no
//! wgpu, the view draws the same scene without it.

mod pipeline;

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use eframe::egui_wgpu::{CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};
use egui::{Color32, PaintCallbackInfo, Rect};
use image::RgbImage;

use self::pipeline::upload;
use crate::texture::reduced;

/// Side in points of a square of the chequered ground.
pub const SQUARE: f32 = 12.0;

/// Frames after which what was not shown is let go.
const KEPT: u64 = 10;

/// The shader's `View`: frame, picture, two colours of the ground, shape.
type Uniforms = [[f32; 4]; 5];

/// All that a picture view shows, in points.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Names the view, the same in every frame.
    pub id: u64,
    /// The picture.
    pub first: Arc<RgbImage>,
    /// Another one, shown right of the divider.
    pub second: Option<Arc<RgbImage>>,
    /// The whole view.
    pub view: Rect,
    /// Where the picture lies; it may reach beyond the view.
    pub picture: Rect,
    /// Where the divider stands, from the screen's left.
    pub divider: Option<f32>,
    /// Whether the picture's pixels stay square when enlarged.
    pub crisp: bool,
    /// The two colours of the ground.
    pub ground: [Color32; 2],
    /// Radius of the view's corners.
    pub rounding: f32,
}

impl Scene {
    fn uniforms(&self, pixels_per_point: f32) -> Uniforms {
        let corners = |rect: Rect| {
            [rect.left(), rect.top(), rect.right(), rect.bottom()].map(|at| at * pixels_per_point)
        };
        // The window's renderer rounds the view in the same way.
        let frame = corners(self.view).map(f32::round);
        let divider = self.divider.map_or(f32::MAX, |at| at * pixels_per_point);
        let crisp = if self.crisp { 1.0 } else { 0.0 };
        let shape = [divider, SQUARE * pixels_per_point, self.rounding * pixels_per_point, crisp];
        let [ground, chequer] = self.ground.map(bytes);
        [frame, corners(self.picture), ground, chequer, shape]
    }
}

/// A colour as the shader takes it: its bytes from 0 to 1, alpha multiplied in.
fn bytes(colour: Color32) -> [f32; 4] {
    colour.to_array().map(|byte| f32::from(byte) / 255.0)
}

impl CallbackTrait for Scene {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(shaders) = resources.get_mut::<Shaders>() {
            shaders.take(device, queue, self, screen.pixels_per_point);
        }
        Vec::new()
    }

    fn finish_prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(shaders) = resources.get_mut::<Shaders>() {
            shaders.preparing = false;
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(shaders) = resources.get::<Shaders>() else { return };
        let Some(shown) = shaders.views.get(&self.id) else { return };
        pass.set_pipeline(&shaders.pipeline);
        pass.set_bind_group(0, &shown.group, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// Makes the pipeline and leaves it with the window's renderer; whether that went well. To be called once, at the
/// start, for a window without multisampling.
pub fn install(render_state: &RenderState) -> bool {
    let device = &render_state.device;
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let shaders = Shaders::new(device, render_state.target_format);
    if let Some(error) = pollster::block_on(scope.pop()) {
        log::warn!("the picture view's shaders cannot be used: {error}");
        return false;
    }
    render_state.renderer.write().callback_resources.insert(shaders);
    true
}

/// What lives on the window's device.
struct Shaders {
    pipeline: wgpu::RenderPipeline,
    sampler: wgpu::Sampler,
    /// By the address of what they show. An address is not used again while its `Weak` is held.
    textures: HashMap<usize, Held>,
    views: HashMap<u64, Shown>,
    frame: u64,
    /// Whether a frame is being prepared.
    preparing: bool,
}

struct Held {
    picture: Weak<RgbImage>,
    texture: wgpu::TextureView,
    /// When it was last shown.
    frame: u64,
}

struct Shown {
    uniforms: wgpu::Buffer,
    group: wgpu::BindGroup,
    /// First and second picture in `Shaders::textures`.
    keys: [usize; 2],
    /// When it was last shown.
    frame: u64,
}

impl Shaders {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        Self {
            pipeline: pipeline::pipeline(device, target),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("picture view"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..Default::default()
            }),
            textures: HashMap::new(),
            views: HashMap::new(),
            frame: 0,
            preparing: false,
        }
    }

    /// Brings what a scene needs to the device.
    fn take(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene, pixels_per_point: f32) {
        if !self.preparing {
            self.preparing = true;
            self.frame += 1;
            self.forget();
        }
        let first = self.picture(device, queue, &scene.first);
        let second = scene.second.as_ref().map_or(first, |second| self.picture(device, queue, second));
        let keys = [first, second];
        if self.views.get(&scene.id).is_none_or(|shown| shown.keys != keys) {
            let uniforms = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("picture view"),
                size: size_of::<Uniforms>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let Some(group) = self.group(device, &uniforms, keys) else { return };
            self.views.insert(scene.id, Shown { uniforms, group, keys, frame: self.frame });
        }
        if let Some(shown) = self.views.get_mut(&scene.id) {
            shown.frame = self.frame;
            let uniforms = scene.uniforms(pixels_per_point);
            queue.write_buffer(&shown.uniforms, 0, bytemuck::cast_slice(&uniforms));
        }
    }

    /// Lets go of the textures whose picture is gone or was not shown for a while, and of the views over them.
    fn forget(&mut self) {
        let oldest = self.frame.saturating_sub(KEPT);
        self.textures.retain(|_, held| held.frame >= oldest && held.picture.strong_count() > 0);
        let textures = &self.textures;
        let known = |key: &usize| textures.contains_key(key);
        self.views.retain(|_, shown| shown.frame >= oldest && shown.keys.iter().all(known));
    }

    /// The key of a picture's texture, which is made if need be.
    fn picture(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, picture: &Arc<RgbImage>) -> usize {
        let key = Arc::as_ptr(picture).addr();
        let fresh = || {
            let shown = reduced(picture, device.limits().max_texture_dimension_2d);
            Held { picture: Arc::downgrade(picture), texture: upload(device, queue, &shown), frame: 0 }
        };
        self.textures.entry(key).or_insert_with(fresh).frame = self.frame;
        key
    }

    fn group(
        &self,
        device: &wgpu::Device,
        uniforms: &wgpu::Buffer,
        keys: [usize; 2],
    ) -> Option<wgpu::BindGroup> {
        let texture = |key: usize| self.textures.get(&key).map(|held| &held.texture);
        let [first, second] = keys;
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        Some(device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture view"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                entry(0, uniforms.as_entire_binding()),
                entry(1, wgpu::BindingResource::TextureView(texture(first)?)),
                entry(2, wgpu::BindingResource::TextureView(texture(second)?)),
                entry(3, wgpu::BindingResource::Sampler(&self.sampler)),
            ],
        }))
    }
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;

    #[test]
    fn the_shader_is_told_screen_pixels() {
        let scene = Scene {
            id: 1,
            first: Arc::new(RgbImage::new(4, 4)),
            second: None,
            view: Rect::from_min_size(pos2(10.2, 20.0), vec2(100.0, 50.0)),
            picture: Rect::from_min_size(pos2(35.25, 20.0), vec2(50.0, 50.0)),
            divider: Some(60.0),
            crisp: true,
            ground: [Color32::WHITE, Color32::BLACK],
            rounding: 8.0,
        };
        let [frame, picture, ground, chequer, shape] = scene.uniforms(2.0);
        assert_eq!(frame, [20.0, 40.0, 220.0, 140.0]);
        assert_eq!(picture, [70.5, 40.0, 170.5, 140.0]);
        assert_eq!((ground, chequer), ([1.0; 4], [0.0, 0.0, 0.0, 1.0]));
        assert_eq!(shape, [120.0, 2.0 * SQUARE, 16.0, 1.0]);
        let alone = Scene { divider: None, ..scene };
        assert_eq!(alone.uniforms(1.0)[4][0], f32::MAX);
    }
}
