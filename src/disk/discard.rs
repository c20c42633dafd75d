//! Where files and folders go that the person throws away: to the system's trash, or to one of ours. Nothing is ever
//! deleted for good.

use std::fs;
use std::path::Path;

use base::places::make_folder;
use base::{Error, Result};
use project::DataDir;

/// Whether the system's trash took a file or folder.
fn to_system_trash(path: &Path) -> bool {
    // The usual way on macOS is through the Finder, for which the person is asked for permission.
    #[cfg(target_os = "macos")]
    {
        use trash::macos::{DeleteMethod, TrashContextExtMacos as _};

        let mut context = trash::TrashContext::default();
        context.set_delete_method(DeleteMethod::NsFileManager);
        context.delete(path).is_ok()
    }
    // A Flatpak's own trash is shown by no file manager.
    #[cfg(not(target_os = "macos"))]
    {
        std::env::var_os("FLATPAK_ID").is_none() && trash::delete(path).is_ok()
    }
}

/// Moves a file or folder to the system's trash; where there is none, to a folder `trash` of ours.
pub(super) fn discard(home: &DataDir, path: &Path) -> Result<()> {
    if !path.exists() || to_system_trash(path) {
        return Ok(());
    }
    let folder = home.root().join("trash");
    make_folder(&folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let to = project::draft::free_folder(&folder, &name);
    fs::rename(path, &to).map_err(|e| Error::write(path, e))
}
