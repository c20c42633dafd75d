//! Which device does the work: finding the adapters, choosing one, saying what it is, and what went wrong on it.
//!
//! `auto` takes a real GPU first and then the CPU. It never takes a software adapter (a graphics driver that
//! runs on the CPU): burn's own CPU code is some fifty times faster. Nothing falls back silently; a device
//! asked for by name that is not there is an error. One that was lost is let go and opened anew. The length is that of
//! all that can go wrong with a device, which is told here alone.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use burn::tensor::{DType, Device, DeviceKind, Tensor};
use burn_wgpu::WgpuBackend;
use sysinfo::{
    CpuRefreshKind, MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System,
};

use super::message::{DeviceChoice, DeviceInfo, GraphicsApi};
use super::remote;
use base::{Error, Result};
use model::pipeline;
use project::{NumberFormat, Precision};

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
    system: wgpu::AdapterInfo,
    kind: DeviceKind,
    api: GraphicsApi,
    /// Whether it is the only real one of its interface.
    only: bool,
}

/// The names that wgpu and burn have for an interface.
const fn names(api: GraphicsApi) -> (wgpu::Backend, WgpuBackend) {
    match api {
        GraphicsApi::Vulkan => (wgpu::Backend::Vulkan, WgpuBackend::Vulkan),
        GraphicsApi::Metal => (wgpu::Backend::Metal, WgpuBackend::Metal),
        GraphicsApi::Dx12 => (wgpu::Backend::Dx12, WgpuBackend::Dx12),
        GraphicsApi::Gl => (wgpu::Backend::Gl, WgpuBackend::Gl),
    }
}

/// Every adapter of one graphics interface, in the system's order, which is that of their numbers.
fn adapters(api: GraphicsApi) -> Vec<Adapter> {
    // The Vulkan loader does not bear instances that come and go on several threads at once.
    static LOOKING: Mutex<()> = Mutex::new(());
    let _alone = LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
    let (backend, _) = names(api);
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backend.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let found = pollster::block_on(instance.enumerate_adapters(backend.into()));
    let found: Vec<(wgpu::AdapterInfo, Option<u64>)> =
        found.iter().map(|adapter| (adapter.get_info(), card_memory(adapter))).collect();
    let software = |info: &wgpu::AdapterInfo| info.device_type == wgpu::DeviceType::Cpu;
    let only = found.iter().filter(|(info, _)| !software(info)).count() < 2;
    let mut counts = [0_usize; 5];
    let adapter = |(number, (system, own)): (usize, (wgpu::AdapterInfo, Option<u64>))| {
        let index = &mut counts[system.device_type as usize % 5];
        let nth = std::mem::replace(index, *index + 1);
        let (kind, label) = match system.device_type {
            wgpu::DeviceType::DiscreteGpu => (DeviceKind::DiscreteGpu(nth), "discrete GPU"),
            wgpu::DeviceType::IntegratedGpu => (DeviceKind::IntegratedGpu(nth), "integrated GPU"),
            wgpu::DeviceType::VirtualGpu => (DeviceKind::VirtualGpu(nth), "virtual GPU"),
            wgpu::DeviceType::Cpu => (DeviceKind::Cpu, "software"),
            // OpenGL does not say what kind of adapter it drives.
            wgpu::DeviceType::Other => (DeviceKind::DefaultDevice, "GPU"),
        };
        let shared = software(&system) || system.device_type == wgpu::DeviceType::IntegratedGpu;
        let info = DeviceInfo {
            choice: DeviceChoice::Gpu { api, number: Some(number) },
            name: system.name.clone(),
            api: api.name().into(),
            kind: label.into(),
            driver: [system.driver.as_str(), &system.driver_info].join(" ").trim().to_string(),
            software: software(&system),
            memory: if shared { system_memory() } else { own },
        };
        Adapter { info, system, kind, api, only }
    };
    found.into_iter().enumerate().map(adapter).collect()
}

/// Everything this computer offers, best first; the CPU is always last.
pub fn list() -> Vec<DeviceInfo> {
    let found = GraphicsApi::ALL.into_iter().flat_map(adapters);
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
    open_while(choice, &mut || Ok(()))
}

/// The same, `go_on` being asked whether to wait for another machine.
pub(crate) fn open_while(choice: DeviceChoice, go_on: &mut dyn FnMut() -> Result<()>) -> Result<OpenDevice> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Remote(host) => remote::open(host, go_on),
        DeviceChoice::Auto if cfg!(target_os = "linux") && !holds_card(Path::new("/dev")) => Ok(cpu()),
        DeviceChoice::Auto => {
            let all = GraphicsApi::ALL.into_iter().filter(|api| *api != GraphicsApi::Gl);
            let real = |api| best(adapters(api)).filter(|adapter| !adapter.info.software);
            all.into_iter().find_map(real).map_or_else(|| Ok(cpu()), start)
        }
        DeviceChoice::Gpu { api, number } => {
            let mut found = adapters(api);
            let count = found.len();
            let adapter = match number {
                Some(number) => (number < count).then(|| found.swap_remove(number)),
                None => best(found),
            };
            let adapter = adapter.ok_or_else(|| not_there(choice, count))?;
            let refused = adapter.info.software && api != GraphicsApi::Gl;
            if refused { Err(software_refused(&adapter.info)) } else { start(adapter) }
        }
    }
}

/// Whether Linux, whose devices lie in this folder, knows of any card. Asking the drivers of a computer that has none takes
/// a while, and some of them write to the terminal.
fn holds_card(devices: &Path) -> bool {
    const CARDS: [&str; 7] = ["dri", "nvidia", "dxg", "kfd", "mali", "kgsl", "pvr"];
    let Ok(entries) = std::fs::read_dir(devices) else { return true };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.into_iter().any(|name| CARDS.iter().any(|card| name.starts_with(card)))
}

fn cpu() -> OpenDevice {
    kernels::compute_here();
    OpenDevice { device: Device::flex(), info: processor() }
}

/// Discrete before integrated before the rest, software last; of several alike the first.
fn best(found: Vec<Adapter>) -> Option<Adapter> {
    found.into_iter().min_by_key(|adapter| {
        let rank = match adapter.kind {
            DeviceKind::DiscreteGpu(_) => 0,
            DeviceKind::IntegratedGpu(_) => 1,
            _ => 2,
        };
        (adapter.info.software, rank)
    })
}

fn not_there(choice: DeviceChoice, count: usize) -> Error {
    let (fault, remedy) = match (choice, count) {
        (DeviceChoice::Gpu { api, number: Some(_) }, 1..) => {
            let name = api.name();
            let numbers = if count == 1 { "is only".into() } else { format!("are {name}:0 to") };
            (
                format!("This computer offers no {choice}: there {numbers} {name}:{}", count - 1),
                "Run `pseudoword devices` to see which card has which number.",
            )
        }
        _ => (
            format!("This computer offers no adapter for --device {choice}"),
            "Run `pseudoword devices` to see what there is, update the graphics driver, or use --device cpu.",
        ),
    };
    Error::device(fault, remedy)
}

/// Mesa's software Vulkan drivers end the process (a segmentation fault) on burn's SPIR-V kernels, so they
/// are not even used when asked for; OpenGL in software works.
fn software_refused(info: &DeviceInfo) -> Error {
    Error::device(
        format!("{} ({}) is a driver that runs on the processor and crashes here", info.choice, info.name),
        "Use --device cpu, which is much faster, or --device gl to try the graphics path in software.",
    )
}

/// What was opened of an adapter in the life of the process.
struct Opened {
    info: DeviceInfo,
    /// The one in use and, to let go of what it holds, the system's handle of it; `None` once it was lost.
    current: Option<(Device, wgpu::Device)>,
    /// So many of its selectors are used up.
    used: usize,
}

static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

fn opened() -> MutexGuard<'static, Vec<Opened>> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The selectors that lead to an adapter. burn keeps one runtime for each in the whole process, even when its device is
/// lost, so that each opens an adapter once.
fn selectors(adapter: &Adapter) -> Vec<(DeviceKind, WgpuBackend)> {
    let (_, api) = names(adapter.api);
    let mut kinds = vec![adapter.kind.clone()];
    if adapter.only && adapter.kind != DeviceKind::DefaultDevice {
        kinds.push(DeviceKind::DefaultDevice);
    }
    let on = |api| kinds.iter().map(move |kind| (kind.clone(), api));
    on(api).chain(on(WgpuBackend::Auto)).collect()
}

fn start(adapter: Adapter) -> Result<OpenDevice> {
    let mut opened = opened();
    let info = adapter.info.clone();
    let place = opened.iter().position(|known| known.info == info).unwrap_or_else(|| {
        opened.push(Opened { info: info.clone(), current: None, used: 0 });
        opened.len() - 1
    });
    let known = &mut opened[place];
    if let Some((device, _)) = &known.current {
        return Ok(OpenDevice { device: device.clone(), info });
    }
    for (kind, api) in selectors(&adapter).into_iter().skip(known.used) {
        let started = Device::wgpu_options().device_kind(kind).graphics_api(api).init_with_setup();
        let (device, setup) = started.map_err(|error| {
            Error::device(
                format!("{} ({}) could not be started: {error}", info.name, info.api),
                "Update the graphics driver, close other programs that use the card, or choose another device.",
            )
        })?;
        known.used += 1;
        let found = setup.adapter.get_info();
        let same = |info: &wgpu::AdapterInfo| {
            (info.name.clone(), info.vendor, info.device, info.backend, info.device_pci_bus_id.clone())
        };
        // The less exact selectors may lead elsewhere.
        if same(&found) == same(&adapter.system) {
            known.current = Some((device.clone(), setup.device));
            return Ok(OpenDevice { device, info });
        }
    }
    Err(Error::device(
        format!("{} ({}) cannot be opened again in this process", info.name, info.api),
        "Choose another device, or start Pseudoword again.",
    ))
}

/// Lets go of a device that was lost, so that it is opened anew the next time.
pub fn lose(device: &OpenDevice) {
    if let Some(known) = opened().iter_mut().find(|known| known.info == device.info)
        && let Some((_, handle)) = known.current.take()
    {
        handle.destroy();
    }
}

/// How long a device may take to answer, which first does what it was given before. A card that hangs never does, and its
/// driver waits for it without end.
const ANSWERS: Duration = Duration::from_mins(1);

/// Whether a failure means that the device is lost: it says so, or the device no longer answers.
pub(crate) fn is_lost(device: &OpenDevice, error: &Error) -> bool {
    match error {
        Error::Device(fault, _) if fault.starts_with(LOST) => true,
        Error::Device(..) | Error::Internal(_) => {
            let asked = device.clone();
            !remote::says_yes(ANSWERS, move || answers(&asked))
        }
        _ => false,
    }
}

/// Whether it still computes.
pub(crate) fn answers(device: &OpenDevice) -> bool {
    let computed = guarded(|| {
        let ones = Tensor::<1>::ones([2], &device.device);
        let sum = ones.sum().try_into_vec_as::<f32>();
        sum.map_err(|what| Error::Internal(what.to_string()))
    });
    computed.is_ok_and(|sum| sum == [2.0])
}

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

/// The numbers of the networks on a device where `wanted` is asked for: see [`precision_on`].
pub(crate) fn numbers(device: &OpenDevice, wanted: NumberFormat) -> NumberFormat {
    let has = |half| device.device.supports_dtype(pipeline::dtype(half));
    NumberFormat { precision: precision_on(&device.info, wanted.precision, has), ..wanted }
}

/// 16 bits pay on graphics cards alone: the processor has no arithmetic for them, and a driver in software runs on it.
fn precision_on(info: &DeviceInfo, wanted: Precision, has: impl Fn(Precision) -> bool) -> Precision {
    wanted.resolve(|half| info.is_card() && !info.software && has(half))
}

pub(crate) fn processor() -> DeviceInfo {
    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let brand =
        system.cpus().first().map(|cpu| cpu.brand().trim().to_string()).filter(|name| !name.is_empty());
    DeviceInfo {
        choice: DeviceChoice::Cpu,
        name: brand.unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH)),
        api: "cpu".into(),
        kind: "processor".into(),
        driver: format!("{} threads", std::thread::available_parallelism().map_or(1, usize::from)),
        software: false,
        memory: system_memory(),
    }
}

/// Bytes of a card's own memory. Vulkan alone says, and wgpu does not pass it on.
#[cfg(any(target_os = "linux", windows))]
#[allow(unsafe_code, reason = "without it no card says how much memory it has")]
fn card_memory(adapter: &wgpu::Adapter) -> Option<u64> {
    /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`.
    const LOCAL: u32 = 1;
    // SAFETY: the handles are asked for properties alone, while the adapter that owns them is borrowed; nothing of them
    // is kept, changed or destroyed.
    let properties = unsafe {
        let vulkan = adapter.as_hal::<wgpu::hal::api::Vulkan>()?;
        let instance = vulkan.shared_instance().raw_instance();
        instance.get_physical_device_memory_properties(vulkan.raw_physical_device())
    };
    let heaps = properties.memory_heaps.iter().take(properties.memory_heap_count as usize);
    heaps.filter(|heap| heap.flags.as_raw() & LOCAL == LOCAL).map(|heap| heap.size).max()
}

#[cfg(not(any(target_os = "linux", windows)))]
fn card_memory(_: &wgpu::Adapter) -> Option<u64> {
    None
}

fn system_memory() -> Option<u64> {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let total = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).total_memory();
    (total > 0).then_some(total)
}

/// Largest amount of the computer's memory this process has used so far, in bytes. Linux keeps it; elsewhere it is the
/// most that this function has seen, which must be called where much is in use.
pub fn peak_memory() -> Option<u64> {
    static SEEN: AtomicU64 = AtomicU64::new(0);
    let kept = std::fs::read_to_string("/proc/self/status").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    });
    kept.or_else(|| {
        let now = memory_in_use()?;
        Some(SEEN.fetch_max(now, Ordering::Relaxed).max(now))
    })
}

/// Memory of the computer that this process holds, in bytes.
pub fn memory_in_use() -> Option<u64> {
    let own = sysinfo::get_current_pid().ok()?;
    let mut system = System::new();
    let what = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), true, what);
    system.process(own).map(sysinfo::Process::memory)
}

/// Runs `work`, turning a panic into an error.
///
/// # Errors
/// Those of `work`; what the panic said, as one of the device if it was that.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    match base::caught(work) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(failure(text))
        }
    }
}

/// How the sentence about a lost device begins.
const LOST: &str = "The connection to the device was lost";

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
            format!("{LOST} ({first_line})"),
            "Go on from the last checkpoint; if it happens again, choose another device.",
        );
    }
    Error::Internal(first_line.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_an_error() {
        for text in ["metal:7", "vulkan:99", "dx12:3"] {
            let error = open(text.parse().unwrap()).unwrap_err();
            assert!(matches!(error, Error::Device(..)) && error.to_string().contains("devices"), "{error}");
        }
        let several = not_there("vulkan:5".parse().unwrap(), 2).to_string();
        assert!(several.contains("no vulkan:5: there are vulkan:0 to vulkan:1"), "{several}");
        let one = not_there("vulkan:1".parse().unwrap(), 1).to_string();
        assert!(one.contains("there is only vulkan:0"), "{one}");
    }

    #[test]
    fn sixteen_bits_are_for_cards_that_have_them() {
        use Precision::{Auto, Bf16, F16, F32};
        let card = |api: &str, software| DeviceInfo { api: api.into(), software, ..DeviceInfo::default() };
        let both: &[Precision] = &[F16, Bf16];
        for (info, has, wanted, expected) in [
            (card("vulkan", false), both, Auto, F16),
            (card("metal", false), &[F16], Auto, F16),
            (card("vulkan", false), &[Bf16], Auto, Bf16),
            (card("dx12", false), &[], Auto, F32),
            (card("gl", true), both, Auto, F32),
            (card("cpu", false), both, Auto, F32),
            (card("vulkan", false), both, F32, F32),
            (card("cpu", false), both, Bf16, Bf16),
        ] {
            let resolved = precision_on(&info, wanted, |half| has.contains(&half));
            assert_eq!(resolved, expected, "{wanted} on {} that has {has:?}", info.api);
        }
        assert_eq!(numbers(&cpu(), Auto.into()).precision, F32);
    }

    #[test]
    fn every_device_listed_is_named_by_its_own_choice() {
        let listed = list();
        let choices: Vec<String> = listed.iter().map(|info| info.choice.to_string()).collect();
        assert_eq!(choices.last().map(String::as_str), Some("cpu"));
        let mut each = choices.clone();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), choices.len(), "{choices:?}");
    }

    /// Needs an adapter for OpenGL, which may be one in software; whoever destroys its device plays the loss.
    #[test]
    fn a_lost_device_is_opened_anew() {
        let Ok(device) = open("gl".parse().unwrap()) else {
            return println!("there is no OpenGL here: nothing was tried");
        };
        let again = open(device.info.choice).unwrap();
        assert!(answers(&device) && answers(&again));
        let handle = opened().iter().find_map(|known| known.current.clone()).unwrap().1;
        handle.destroy();
        assert!(!answers(&device));
        assert!(is_lost(&device, &Error::device("The device stopped answering", "Wait.")));
        lose(&device);
        let anew = open(device.info.choice).unwrap();
        assert!(answers(&anew) && !answers(&device));
    }

    #[test]
    fn the_memory_in_use_is_told_on_every_system() {
        let held = vec![1_u8; 32 << 20];
        let now = memory_in_use().unwrap();
        assert!(now > 32 << 20, "{now}");
        assert!(peak_memory().unwrap() + (8 << 20) > now);
        drop(held);
    }

    #[test]
    fn a_loss_is_told_from_other_faults() {
        let device = cpu();
        let lost = guarded::<()>(|| panic!("Device lost: the cable was pulled")).unwrap_err();
        assert!(is_lost(&device, &lost), "{lost}");
        for other in
            [Error::device("Too little memory", "Less."), Error::Internal("x".into()), Error::Cancelled]
        {
            assert!(!is_lost(&device, &other), "{other}");
        }
    }

    #[test]
    fn cards_are_looked_for_where_there_may_be_any() {
        let devices = tempfile::tempdir().unwrap();
        std::fs::write(devices.path().join("null"), "").unwrap();
        assert!(!holds_card(devices.path()));
        std::fs::write(devices.path().join("nvidiactl"), "").unwrap();
        assert!(holds_card(devices.path()));
        assert!(holds_card(&devices.path().join("nowhere")), "nobody can tell");
    }

    #[test]
    fn a_panic_becomes_a_sentence() {
        let error = guarded::<()>(|| panic!("Out of memory: 4 GiB")).unwrap_err();
        assert!(matches!(error, Error::Device { .. }), "{error}");
        let error = guarded::<()>(|| panic!("index out of bounds")).unwrap_err();
        assert!(error.to_string().contains("index out of bounds"));
        assert_eq!(error.exit_code(), 1);
    }
}
