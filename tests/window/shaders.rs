//! Every shader the window draws with is read and checked here, without a device: a slip in one would otherwise
//! show on an artist's screen first. The names that the program asks for must be there as well.

use std::fs;
use std::path::PathBuf;

use naga::ShaderStage;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// The shader, understood and found valid, or why not.
fn checked(source: &str) -> Result<naga::Module, String> {
    let module = naga::front::wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    // No capability beyond what every device has.
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    validator.validate(&module).map_err(|error| error.emit_to_string(source))?;
    Ok(module)
}

fn shaders() -> Vec<PathBuf> {
    let folder = crate::places::repository().join("shaders");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "wgsl")).collect();
    paths.sort();
    paths
}

#[test]
fn every_shader_is_valid() {
    let paths = shaders();
    assert!(!paths.is_empty(), "there are no shaders to check");
    for path in paths {
        let source = fs::read_to_string(&path).unwrap();
        if let Err(error) = checked(&source) {
            panic!("{}:\n{error}", path.display());
        }
    }
}

#[test]
fn the_picture_view_has_the_entry_points_it_is_asked_for() {
    let source = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shaders/picture_view.wgsl"));
    let module = checked(source).unwrap();
    let mut found: Vec<_> =
        module.entry_points.iter().map(|entry| (entry.name.as_str(), entry.stage)).collect();
    found.sort_by_key(|(name, _)| *name);
    let wanted = [
        ("to_gamma_target", ShaderStage::Fragment),
        ("to_linear_target", ShaderStage::Fragment),
        ("whole_view", ShaderStage::Vertex),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_broken_shader_is_refused() {
    // Does not parse, does not resolve, does not type-check, breaks a rule.
    let broken = [
        "@fragment fn main( -> {}",
        "@fragment fn main() -> @location(0) vec4<f32> { return colour; }",
        "@fragment fn main() -> @location(0) vec4<f32> { return vec3<f32>(1.0); }",
        "@vertex fn main() -> @location(0) vec4<f32> { return vec4<f32>(1.0); }",
    ];
    for source in broken {
        assert!(checked(source).is_err(), "taken for valid: {source}");
    }
    assert!(checked("@fragment fn main() -> @location(0) vec4<f32> { return vec4<f32>(1.0); }").is_ok());
}
