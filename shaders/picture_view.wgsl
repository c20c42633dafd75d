// The picture view: a chequered ground, and one picture or two with a divider between them. All lengths are screen
// pixels, all colours are sRGB as the eye's bytes are (gamma), so that a picture's bytes reach the screen unchanged.

struct View {
    // Left, top, right, bottom of the view.
    frame: vec4<f32>,
    // Left, top, right, bottom of the picture, which may reach beyond the view.
    picture: vec4<f32>,
    // The ground's two colours.
    ground: vec4<f32>,
    chequer: vec4<f32>,
    // x: where the divider stands. y: side of a square of the ground. z: radius of the view's corners.
    // w: 1 to keep the picture's pixels square when they are enlarged.
    shape: vec4<f32>,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var first_picture: texture_2d<f32>;
@group(0) @binding(2) var second_picture: texture_2d<f32>;
@group(0) @binding(3) var soft: sampler;

// Most samples a side for a screen pixel that covers many of the picture's.
const MOST_TAPS: f32 = 4.0;

// One triangle that covers the whole view.
@vertex
fn whole_view(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    return vec4<f32>(corner * 4.0 - 1.0, 0.0, 1.0);
}

fn sampled(at: vec2<f32>, second: bool) -> vec3<f32> {
    if second {
        return textureSampleLevel(second_picture, soft, at, 0.0).rgb;
    }
    return textureSampleLevel(first_picture, soft, at, 0.0).rgb;
}

// The picture's colour under a place on the screen.
fn picture_at(place: vec2<f32>, second: bool) -> vec3<f32> {
    var size = vec2<f32>(textureDimensions(first_picture));
    if second {
        size = vec2<f32>(textureDimensions(second_picture));
    }
    let span = view.picture.zw - view.picture.xy;
    let at = (place - view.picture.xy) / span;
    // The picture's pixels that one screen pixel covers.
    let covered = size / span;
    let most = max(covered.x, covered.y);

    if view.shape.w > 0.5 && most < 1.0 {
        // Blend only within half a screen pixel of a seam: square pixels of even width at any zoom.
        let pixel = at * size;
        let seam = floor(pixel + 0.5);
        let snapped = seam + clamp((pixel - seam) / covered, vec2<f32>(-0.5), vec2<f32>(0.5));
        return sampled(snapped / size, second);
    }

    // Made smaller, a picture is averaged over the screen pixel, or fine lines would flicker.
    let taps = clamp(ceil(most), 1.0, MOST_TAPS);
    var sum = vec3<f32>(0.0);
    for (var y = 0.0; y < taps; y += 1.0) {
        for (var x = 0.0; x < taps; x += 1.0) {
            let within = (vec2<f32>(x, y) + 0.5) / taps - 0.5;
            sum += sampled(at + within / span, second);
        }
    }
    return sum / (taps * taps);
}

// The ground's colour: squares of two colours, counted from the view's corner.
fn ground_at(place: vec2<f32>) -> vec3<f32> {
    let square = vec2<i32>(floor((place - view.frame.xy) / view.shape.y));
    if ((square.x + square.y) & 1) == 1 {
        return view.chequer.rgb;
    }
    return view.ground.rgb;
}

// How much of a screen pixel lies inside the view's rounded corners.
fn inside_view(place: vec2<f32>) -> f32 {
    let half_size = (view.frame.zw - view.frame.xy) * 0.5;
    let radius = min(view.shape.z, min(half_size.x, half_size.y));
    let from_middle = abs(place - view.frame.xy - half_size);
    let beyond = from_middle - half_size + radius;
    let distance = length(max(beyond, vec2<f32>(0.0))) + min(max(beyond.x, beyond.y), 0.0) - radius;
    return clamp(0.5 - distance, 0.0, 1.0);
}

// The view's colour under a place on the screen, without its rounded corners.
fn colour_at(place: vec2<f32>) -> vec3<f32> {
    let ground = ground_at(place);
    let to_edge = min(place - view.picture.xy, view.picture.zw - place);
    let inside = clamp(to_edge + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    let cover = inside.x * inside.y;
    if cover <= 0.0 {
        return ground;
    }
    return mix(ground, picture_at(place, place.x >= view.shape.x), cover);
}

fn linear_from_gamma(colour: vec3<f32>) -> vec3<f32> {
    let low = colour / 12.92;
    let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, colour < vec3<f32>(0.04045));
}

// For a target that holds the bytes as they are; alpha is multiplied in.
@fragment
fn to_gamma_target(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let cover = inside_view(position.xy);
    return vec4<f32>(colour_at(position.xy) * cover, cover);
}

// For a target that encodes what it is given.
@fragment
fn to_linear_target(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let cover = inside_view(position.xy);
    return vec4<f32>(linear_from_gamma(colour_at(position.xy)) * cover, cover);
}
