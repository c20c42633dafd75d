//! InvokeAI: what its database lists, read without a lock and without leaving a trace.
//!
//! Source: `config_default.py`, `model_install_default.py` and the migrations of its database, where the column
//! `config` holds each model as JSON. The database is opened as a file that does not change: SQLite then writes
//! nothing beside it, and what a running InvokeAI has not yet settled is not seen.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::discovery::environment::{Environment, resolve};
use crate::discovery::places::{Holds, Origin, Places};

/// How many models are read from a database.
const MOST: usize = 20_000;
/// The longest description of a model that is read, in bytes.
const LONGEST: usize = 1 << 20;
/// How long a database may take.
const PATIENCE: Duration = Duration::from_secs(3);

pub(in crate::discovery) fn is_here(folder: &Path) -> bool {
    folder.join("databases/invokeai.db").is_file() || folder.join("invokeai.yaml").is_file()
}

/// Where InvokeAI looks for its own folder.
pub(in crate::discovery) fn usual_roots(here: &Environment) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = here.variable_path("INVOKEAI_ROOT").into_iter().collect();
    // Without the variable it is the folder around the virtual environment, else this.
    if let Some(venv) = here.variable_path("VIRTUAL_ENV") {
        roots.extend(venv.parent().filter(|parent| is_here(parent)).map(Path::to_path_buf));
    }
    roots.push(here.home.join("invokeai"));
    roots
}

pub(in crate::discovery) fn places(root: &Path, here: &Environment, found: &mut Places) {
    if !root.is_dir() {
        return;
    }
    let settings = found.yaml(&root.join("invokeai.yaml"));
    // Older versions nest their settings.
    let setting = |name: &str| -> Option<PathBuf> {
        let settings = settings.as_ref()?;
        let nested = || settings.get("InvokeAI")?.get("Paths")?.get(name);
        let value = settings.get(name).or_else(nested)?.as_str()?;
        Some(resolve(root, &here.expand(value)))
    };
    let models = setting("models_dir").unwrap_or_else(|| root.join("models"));
    let database = setting("db_dir").unwrap_or_else(|| root.join("databases")).join("invokeai.db");
    let mut listed = false;
    if database.is_file() {
        match read(&database) {
            Ok(configs) => {
                listed = true;
                for config in configs {
                    add(&config, &models, found);
                }
            }
            Err(fault) => found.note(&database, &fault),
        }
    }
    if !listed {
        // Any kind of model lies there, told apart by content.
        found.add(models.clone(), Origin::InvokeAi, Holds::Anything);
    }
    found.add(root.join("autoimport"), Origin::InvokeAi, Holds::Anything);
}

fn add(config: &Value, models: &Path, found: &mut Places) {
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    let holds = match text("type").or_else(|| text("model_type")) {
        Some("main") => Holds::Models,
        Some("embedding") => Holds::Embeddings,
        _ => return,
    };
    if let Some(path) = text("path").filter(|path| !path.is_empty()) {
        found.exact(models.join(path), Origin::InvokeAi, holds, text("name").map(str::to_owned));
    }
}

/// The models that a database describes.
fn read(path: &Path) -> Result<Vec<Value>, String> {
    let fault = |error: rusqlite::Error| {
        format!(
            "its list of models cannot be read ({})",
            error.to_string().lines().next().unwrap_or_default()
        )
    };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri(path), flags).map_err(fault)?;
    // A database can be made so that reading it takes forever.
    let interrupt = database.get_interrupt_handle();
    let (done, waiting) = crossbeam_channel::bounded::<()>(0);
    let guard = std::thread::Builder::new().name("pseudoword-patience".into()).spawn(move || {
        if waiting.recv_timeout(PATIENCE) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
            interrupt.interrupt();
        }
    });
    let configs = configs(&database).map_err(fault);
    drop(done);
    if let Ok(guard) = guard {
        let _ = guard.join();
    }
    configs?.ok_or_else(|| "it holds no list of models".to_owned())
}

/// The descriptions; `None` if there is no table of them.
fn configs(database: &Connection) -> rusqlite::Result<Option<Vec<Value>>> {
    let mut found = None;
    for table in ["models", "model_config"] {
        // Only real columns of real tables: a view or a computed column can be any program.
        let real = "SELECT count(*) FROM sqlite_master AS t, pragma_table_xinfo(?1) AS c
                    WHERE t.name = ?1 AND t.type = 'table' AND c.name = 'config' AND c.hidden = 0";
        if database.query_row(real, [table], |row| row.get::<_, i64>(0))? == 0 {
            continue;
        }
        let query = format!(
            "SELECT config FROM \"{table}\"
             WHERE typeof(config) = 'text' AND octet_length(config) <= {LONGEST} LIMIT {MOST}"
        );
        let mut rows = database.prepare(&query)?;
        let mut rows = rows.query([])?;
        let configs = found.get_or_insert_with(Vec::new);
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_str().unwrap_or_default();
            configs.extend(serde_json::from_str::<Value>(text).ok());
        }
        if !configs.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// The address by which SQLite opens a file as one that never changes.
fn uri(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut address = String::from("file:");
    if !bytes.starts_with(b"/") {
        address.push_str("///");
    }
    for &byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => address.push('/'),
            b'/' | b':' | b'.' | b'-' | b'_' | b'~' => address.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => address.push(char::from(byte)),
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address + "?mode=ro&immutable=1"
}
