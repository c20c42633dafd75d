# shellcheck shell=bash
# What dist/run and dist/test do first: see that a C compiler, the GPU loaders and the Rust toolchain are there.
# Installs system packages with apt only where something is missing; never installs Rust by itself.

MINIMUM_RUST=1.95

say() { printf '%s\n' "$*" >&2; }

# One line for every other system; Vulkan itself comes with the graphics driver there.
print_other_systems() {
    say "This system has no apt-get. If the build or the GPU is not found, install what is missing with:"
    say "  Fedora:  sudo dnf install gcc pkgconf-pkg-config vulkan-loader mesa-vulkan-drivers mesa-libEGL mesa-dri-drivers"
    say "  Arch:    sudo pacman -S --needed base-devel pkgconf vulkan-icd-loader mesa   (and your card's driver, e.g. vulkan-radeon, vulkan-intel or nvidia-utils)"
    say "  macOS:   xcode-select --install"
    say "  Windows: winget install Microsoft.VisualStudio.2022.BuildTools --override \"--add Microsoft.VisualStudio.Workload.VCTools\"   (run these scripts from Git Bash)"
}

package_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_system_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        print_other_systems
        return
    fi
    local missing=() package
    command -v cc >/dev/null || missing+=(build-essential)
    command -v pkg-config >/dev/null || missing+=(pkg-config)
    # libvulkan1 and a driver for real cards; libegl1 and libgl1-mesa-dri for OpenGL in software, which the tests use.
    # The last line is what a window opens at run time, on X11 and on Wayland.
    for package in libvulkan1 mesa-vulkan-drivers libegl1 libgl1-mesa-dri \
        libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 libwayland-client0 libwayland-cursor0; do
        package_installed "$package" || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return

    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null; then
            apt=(sudo "${apt[@]}")
        else
            say "Missing packages: ${missing[*]}. Ask the administrator for: apt-get install ${missing[*]}"
            stop_without_compiler
            return
        fi
    fi
    say "Installing: ${missing[*]}"
    # An unreachable mirror in a long list should not stop what the package cache already knows.
    "${apt[@]}" update -qq >&2 || say "The package lists could not be refreshed; trying with the old ones."
    if ! "${apt[@]}" install -y -qq --no-install-recommends "${missing[@]}" >&2; then
        say "apt-get could not install: ${missing[*]}. Pseudoword still works on the CPU; a GPU may not be found."
        stop_without_compiler
    fi
}

stop_without_compiler() {
    command -v cc >/dev/null && return
    say "There is no C compiler (cc), and Rust needs one to link. Install it, then start this again."
    exit 1
}

require_rust() {
    # rustup puts cargo here, but a shell opened before the installation does not know it yet.
    if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        export PATH
    fi
    if ! command -v cargo >/dev/null; then
        say "The Rust toolchain is missing. This line installs it; then start this again:"
        # shellcheck disable=SC2016 # $HOME is for the reader's shell
        say 'curl --proto "=https" --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal && . "$HOME/.cargo/env"'
        exit 1
    fi
    local found
    found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || found=none
    if [ "$(printf '%s\n%s\n' "$MINIMUM_RUST" "$found" | sort -V | head -n 1)" != "$MINIMUM_RUST" ]; then
        say "The Rust version found is $found, which is too old; Pseudoword needs $MINIMUM_RUST. This line updates it; then start this again:"
        say "rustup update stable && rustup default stable"
        exit 1
    fi
}

prepare() {
    install_system_packages
    require_rust
}

# Where cargo builds when it is started from here: its own settings may name the folder too, not CARGO_TARGET_DIR alone.
target_folder() {
    cargo metadata --locked --no-deps --format-version 1 --manifest-path "${root:?}/Cargo.toml" |
        sed 's/.*"target_directory":"\([^"]*\)".*/\1/; s/\\\\/\//g'
}
