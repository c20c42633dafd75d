//! Which device does the work: finding the adapters, choosing one, saying what it is, and what went wrong on it.
//!
//! `auto` takes a real GPU first and then the CPU. It never takes a software adapter (a graphics driver that
//! runs on the CPU): burn's own CPU code is some fifty times faster. Nothing falls back silently; a device
//! asked for by name that is not there is an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use burn::tensor::{DType, Device, DeviceKind};
use burn_wgpu::WgpuBackend;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::message::{DeviceChoice, DeviceInfo};
use base::{Error, Result};

/// A device ready for tensors.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// burn's handle.
    pub device: Device,
    /// What it is.
    pub info: DeviceInfo,
}

struct Adapter {
    info: DeviceInfo,
    kind: DeviceKind,
    api: WgpuBackend,
}

const APIS: [(wgpu::Backend, WgpuBackend, DeviceChoice, &str); 4] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan, DeviceChoice::Vulkan, "vulkan"),
    (wgpu::Backend::Metal, WgpuBackend::Metal, DeviceChoice::Metal, "metal"),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12, DeviceChoice::Dx12, "dx12"),
    (wgpu::Backend::Gl, WgpuBackend::Gl, DeviceChoice::Gl, "gl"),
];

/// Every adapter of one graphics interface, in the system's order.
fn adapters(backend: wgpu::Backend, api: WgpuBackend, name: &str) -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backend.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let found = pollster::block_on(instance.enumerate_adapters(backend.into()));
    let mut counts = [0_usize; 5];
    let adapter = |adapter: wgpu::Adapter| {
        let info = adapter.get_info();
        let index = &mut counts[info.device_type as usize % 5];
        let nth = std::mem::replace(index, *index + 1);
        let (kind, label) = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => (DeviceKind::DiscreteGpu(nth), "discrete GPU"),
            wgpu::DeviceType::IntegratedGpu => (DeviceKind::IntegratedGpu(nth), "integrated GPU"),
            wgpu::DeviceType::VirtualGpu => (DeviceKind::VirtualGpu(nth), "virtual GPU"),
            wgpu::DeviceType::Cpu => (DeviceKind::Cpu, "software"),
            // OpenGL does not say what kind of adapter it drives.
            wgpu::DeviceType::Other => (DeviceKind::DefaultDevice, "GPU"),
        };
        let software = info.device_type == wgpu::DeviceType::Cpu;
        let shared = software || info.device_type == wgpu::DeviceType::IntegratedGpu;
        let info = DeviceInfo {
            name: info.name,
            api: name.into(),
            kind: label.into(),
            driver: [info.driver, info.driver_info].join(" ").trim().to_string(),
            software,
            memory: shared.then(system_memory).flatten(),
        };
        Adapter { info, kind, api }
    };
    found.into_iter().map(adapter).collect()
}

/// Everything this computer offers, best first; the CPU is always last.
pub fn list() -> Vec<DeviceInfo> {
    let found = APIS.iter().flat_map(|(backend, api, _, name)| adapters(*backend, *api, name));
    let mut infos: Vec<DeviceInfo> = found.map(|adapter| adapter.info).collect();
    infos.sort_by_key(|info| info.software);
    infos.push(processor());
    infos
}

/// Opens the device asked for.
///
/// # Errors
/// [`Error::Device`] if it is not there or its driver refuses.
pub fn open(choice: DeviceChoice) -> Result<OpenDevice> {
    let cpu = || Ok(OpenDevice { device: Device::flex(), info: processor() });
    if choice == DeviceChoice::Cpu {
        return cpu();
    }
    let wanted =
        |one: DeviceChoice| choice == one || (choice == DeviceChoice::Auto && one != DeviceChoice::Gl);
    for (backend, api, one, name) in APIS.iter().filter(|(_, _, one, _)| wanted(*one)) {
        let mut found = adapters(*backend, *api, name);
        // A stable sort: discrete before integrated before the rest, software last.
        found.sort_by_key(|adapter| (adapter.info.software, rank(&adapter.kind)));
        match found.into_iter().next() {
            Some(adapter) if !adapter.info.software => return start(adapter),
            Some(adapter) if choice == DeviceChoice::Gl => return start(adapter),
            Some(adapter) if choice == *one => return Err(software_refused(&adapter.info)),
            _ => {}
        }
    }
    match choice {
        DeviceChoice::Auto => cpu(),
        _ => Err(Error::device(
            format!("This computer offers no adapter for --device {}", format!("{choice:?}").to_lowercase()),
            "Run `pseudoword devices` to see what there is, update the graphics driver, or use --device cpu.",
        )),
    }
}

/// Mesa's software Vulkan drivers end the process (a segmentation fault) on burn's SPIR-V kernels, so they
/// are not even used when asked for; OpenGL in software works.
fn software_refused(info: &DeviceInfo) -> Error {
    Error::device(
        format!(
            "The only {} adapter is {}, a driver that runs on the processor and crashes here",
            info.api, info.name
        ),
        "Use --device cpu, which is much faster, or --device gl to try the graphics path in software.",
    )
}

fn rank(kind: &DeviceKind) -> u8 {
    match kind {
        DeviceKind::DiscreteGpu(_) => 0,
        DeviceKind::IntegratedGpu(_) => 1,
        _ => 2,
    }
}

fn start(adapter: Adapter) -> Result<OpenDevice> {
    let Adapter { info, kind, api } = adapter;
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    // burn keeps one runtime per adapter for the whole process: hand out the same one again.
    if let Some((_, device)) = opened.iter().find(|(known, _)| *known == info) {
        return Ok(OpenDevice { device: device.clone(), info });
    }
    let device = Device::wgpu_options().device_kind(kind).graphics_api(api).init().map_err(|error| {
        Error::device(
            format!("{} ({}) could not be started: {error}", info.name, info.api),
            "Update the graphics driver, close other programs that use the card, or use --device cpu.",
        )
    })?;
    opened.push((info.clone(), device.clone()));
    Ok(OpenDevice { device, info })
}

static OPENED: Mutex<Vec<(DeviceInfo, Device)>> = Mutex::new(Vec::new());

/// Refuses a precision the device has no arithmetic for.
pub(crate) fn check_precision(device: &OpenDevice, dtype: DType) -> Result<()> {
    if device.device.supports_dtype(dtype) {
        return Ok(());
    }
    Err(Error::device(
        format!("{} cannot calculate in {}", device.info.name, format!("{dtype:?}").to_lowercase()),
        "Use --precision f32.",
    ))
}

fn processor() -> DeviceInfo {
    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let brand =
        system.cpus().first().map(|cpu| cpu.brand().trim().to_string()).filter(|name| !name.is_empty());
    DeviceInfo {
        name: brand.unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH)),
        api: "cpu".into(),
        kind: "processor".into(),
        driver: format!("{} threads", std::thread::available_parallelism().map_or(1, usize::from)),
        software: false,
        memory: system_memory(),
    }
}

fn system_memory() -> Option<u64> {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let total = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).total_memory();
    (total > 0).then_some(total)
}

/// Largest amount of the computer's memory this process has used so far, in bytes; Linux only.
pub(crate) fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Runs `work`, turning a panic into an error.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(failure(text))
        }
    }
}

/// burn reports an exhausted or lost device by panicking: say so in words a person can act on.
fn failure(text: &str) -> Error {
    // What follows is the stack, whose names must not be taken for the reason.
    let reason = text.split("Backtrace").next().unwrap_or(text).to_lowercase();
    let first_line = text.lines().next().unwrap_or(text);
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["out of memory", "out of device memory", "allocat", "buffer too big", "too many resources"]) {
        return Error::device(
            format!("The device has too little memory for this ({first_line})"),
            "Choose a smaller size or batch, --precision f16, or close other programs that use the card.",
        );
    }
    if has(&["device"]) && has(&["lost", "poison"]) {
        return Error::device(
            format!("The connection to the device was lost ({first_line})"),
            "Start Pseudoword again and resume from the last checkpoint.",
        );
    }
    Error::Internal(first_line.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_sentence() {
        let error = guarded::<()>(|| panic!("Out of memory: 4 GiB")).unwrap_err();
        assert!(matches!(error, Error::Device { .. }), "{error}");
        let error = guarded::<()>(|| panic!("index out of bounds")).unwrap_err();
        assert!(error.to_string().contains("index out of bounds"));
        assert_eq!(error.exit_code(), 1);
    }
}
