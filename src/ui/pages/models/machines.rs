//! Other machines that compute for this one: those known, and a line to connect to another.
//!
//! It reports what the person wants; whether a machine answers is told by a notice.

use egui::{CollapsingHeader, TextEdit, Ui};

use crate::action::Action;
use crate::icons;
use crate::state::AppState;
use crate::widgets::controls;
use disk::message::{MachineTask, Task};
use engine::message::DeviceChoice;

/// Longest line and token.
const LONGEST: usize = 500;

/// What is typed of a machine.
#[derive(Clone, Default)]
struct Form {
    line: String,
    token: String,
}

pub(super) fn ui(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let header = CollapsingHeader::new(t!("models-machine")).id_salt("another machine");
    header.show_unindented(ui, |ui| {
        let Some(known) = &state.machines else {
            actions.push(Action::Disk(Task::Machines(MachineTask::List)));
            return;
        };
        if let Some(machine) = state.connecting {
            controls::note(ui, &t!("models-machine-connecting", name = short(&machine.to_string())));
        }
        for device in known {
            ui.push_id(device, |ui| row(ui, state, device, actions));
        }
        form(ui, state, actions);
    });
}

/// What a machine is called where there is little room: its address.
fn short(device: &str) -> &str {
    let host = device.trim_start_matches("remote:").trim_start_matches("ws://");
    host.split_once('@').map_or(host, |(_, address)| address)
}

fn row(ui: &mut Ui, state: &AppState, device: &str, actions: &mut Vec<Action>) {
    let (name, choice) = (short(device), device.parse::<DeviceChoice>().ok());
    ui.horizontal(|ui| {
        ui.label(name);
        let used = choice.is_some() && state.device.as_ref().map(|device| device.choice) == choice;
        if used {
            controls::note(ui, t!("models-machine-used"));
        } else if let Some(choice) = choice {
            let press =
                controls::button(ui, state.connecting.is_none(), icons::GPU, t!("models-machine-use"));
            let press = press.accessible_name(t!("models-machine-use.name", name = name));
            controls::reports(press, t!("models-machine-use.tip"), actions, || Action::UseDevice(choice));
        }
        let press = controls::icon_button(ui, icons::CLOSE, &t!("models-machine-forget.name", name = name));
        let wanted = || Task::Machines(MachineTask::Forget(device.to_owned()));
        controls::reports(press, t!("models-machine-forget.tip"), actions, wanted);
    });
}

fn form(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    controls::note(ui, t!("models-machine-about"));
    let id = ui.scope_id().with("machine form");
    let mut form = ui.data_mut(|data| data.get_temp::<Form>(id)).unwrap_or_default();
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut form.line).char_limit(LONGEST).desired_width(420.0);
        controls::field(ui, named!("models-machine-line"), field.hint_text("remote:…@192.168.1.5:9234"));
    });
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut form.token).char_limit(LONGEST).desired_width(420.0);
        let field = field.password(true).hint_text(t!("models-machine-token.hint"));
        controls::field(ui, named!("models-machine-token"), field);
    });
    let machine = pasted(&form.line);
    if let (Err(fault), false) = (&machine, form.line.trim().is_empty()) {
        controls::warning(ui, fault);
    }
    let whole = machine.is_ok() && !form.token.trim().is_empty() && state.connecting.is_none();
    let press = controls::button(ui, whole, icons::GPU, t!("models-machine-connect"));
    let press = press.on_hover_text(t!("models-machine-connect.tip"));
    let press = press.on_disabled_hover_text(t!("models-machine-connect.disabled"));
    if let (true, Ok(machine)) = (press.clicked(), machine) {
        // The line stays, for a machine that does not answer at once.
        let token = std::mem::take(&mut form.token);
        actions.push(Action::Connect { machine, token });
    }
    ui.data_mut(|data| data.insert_temp(id, form));
}

/// The machine that is meant by what was pasted, which may be the whole line.
fn pasted(line: &str) -> Result<DeviceChoice, String> {
    let named = line.split_whitespace().find(|word| word.starts_with("remote:"));
    let word = named.map_or_else(|| format!("remote:{}", line.trim()), str::to_owned);
    if word.contains("ADDRESS") {
        return Err(t!("models-machine-address").into());
    }
    let choice: Result<DeviceChoice, String> = word.parse();
    choice.map_err(|fault| format!("{fault}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_line_or_its_middle_names_a_machine() {
        let id = "0123456789abcdef".repeat(4);
        let device = format!("remote:{id}@192.168.1.5:9234");
        let parsed = device.parse().unwrap();
        for line in [device.clone(), format!(" --device {device} --token-file FILE\n"), device[7..].into()] {
            assert_eq!(pasted(&line), Ok(parsed));
        }
        assert_eq!(short(&device), "192.168.1.5:9234");
        assert_eq!(short("remote:ws://studio:9234"), "studio:9234");
        for (line, part) in [
            (format!("--device remote:{id}@ADDRESS:9234"), "in place of ADDRESS"),
            ("192.168.1.5:9234".into(), "which is not encrypted"),
        ] {
            let said = pasted(&line).unwrap_err();
            assert!(said.contains(part) && said.ends_with('.'), "{said}");
        }
    }
}
