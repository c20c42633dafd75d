//! The fixed part of the picture view's drawing: the pipeline around its shader, and pictures on their way to the
//! device.

use image::buffer::ConvertBuffer as _;
use image::{RgbImage, RgbaImage};
use wgpu::util::{DeviceExt as _, TextureDataOrder};

const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shaders/picture_view.wgsl"));

/// The pipeline for a target. Windows usually take colours as they are; a target that encodes them itself gets
/// them decoded.
pub fn pipeline(device: &wgpu::Device, target: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("picture view"),
        source: wgpu::ShaderSource::Wgsl(SOURCE.into()),
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("picture view"),
        // As the shader's own bindings say.
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("whole_view"),
            buffers: &[],
            compilation_options: wgpu::PipelineCompilationOptions::default(),
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some(if target.is_srgb() { "to_linear_target" } else { "to_gamma_target" }),
            targets: &[Some(wgpu::ColorTargetState {
                format: target,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
            compilation_options: wgpu::PipelineCompilationOptions::default(),
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// The texture of a picture, on the device.
pub fn upload(device: &wgpu::Device, queue: &wgpu::Queue, picture: &RgbImage) -> wgpu::TextureView {
    let (width, height) = picture.dimensions();
    let bytes: RgbaImage = picture.convert();
    let described = wgpu::TextureDescriptor {
        label: Some("picture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    };
    let texture = device.create_texture_with_data(queue, &described, TextureDataOrder::default(), &bytes);
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
