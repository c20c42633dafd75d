//! Opens Pseudoword's window from the menus of Windows, without a console beside it: the program itself has one, for the
//! command line. It waits for nothing and says nothing.
#![windows_subsystem = "windows"]

use std::os::windows::process::CommandExt as _;
use std::process::Command;

fn main() {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let Ok(own) = std::env::current_exe() else { return };
    let mut program = Command::new(own.with_file_name("pseudoword.exe"));
    let _ = program.args(std::env::args_os().skip(1)).creation_flags(CREATE_NO_WINDOW).spawn();
}
