//! The fixed part of the picture view's drawing: the pipeline around its shader, and pictures on their way to the
//! device. The order of the bindings is the shader's.

const SOURCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shaders/picture_view.wgsl"));

/// What the shader is given: the numbers, first picture, second picture, mask, sampler.
pub fn layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    };
    let numbers = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("picture view"),
        entries: &[
            entry(0, numbers),
            entry(1, texture),
            entry(2, texture),
            entry(3, texture),
            entry(4, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
        ],
    })
}

/// The pipeline for a target. Windows usually take colours as they are; a target that encodes them itself gets
/// them decoded.
pub fn pipeline(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    target: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("picture view"),
        source: wgpu::ShaderSource::Wgsl(SOURCE.into()),
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("picture view"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("picture view"),
        layout: Some(&pipeline_layout),
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

/// A texture of such bytes, row by row.
pub fn upload(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    bytes: &[u8],
) -> wgpu::TextureView {
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let pixel = if format == wgpu::TextureFormat::R8Unorm { 1 } else { 4 };
    queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture: &texture,
            mip_level: 0,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        },
        bytes,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(pixel * width),
            rows_per_image: Some(height),
        },
        size,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// The size to reduce a picture to if one of its sides is longer than a texture's may be.
pub fn reduced((width, height): (u32, u32), longest: u32) -> Option<[u32; 2]> {
    let side = width.max(height);
    if side <= longest {
        return None;
    }
    let part = |length: u32| {
        let part = u64::from(length) * u64::from(longest) / u64::from(side);
        u32::try_from(part).unwrap_or(longest).max(1)
    };
    Some([part(width), part(height)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_large_is_reduced() {
        assert_eq!(reduced((8192, 100), 8192), None);
        assert_eq!(reduced((16384, 8000), 8192), Some([8192, 4000]));
        assert_eq!(reduced((3, 50_000), 8192), Some([1, 8192]));
    }
}
