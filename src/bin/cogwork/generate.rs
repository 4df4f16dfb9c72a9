//! `cogwork generate`: completions and manual pages, made of what the arguments say.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use cogwork::{Error, Result};

use super::args::{Arguments, Generate, GenerateWhat};
use super::show::show;

pub fn run(arguments: &Generate) -> Result<()> {
    let mut command = Arguments::command();
    match &arguments.what {
        GenerateWhat::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command, "cogwork", &mut script);
            show(&String::from_utf8_lossy(&script))
        }
        GenerateWhat::Man { folder: None } => show(&String::from_utf8_lossy(&page(command)?)),
        GenerateWhat::Man {
            folder: Some(folder),
        } => {
            std::fs::create_dir_all(folder).map_err(|error| placed(error, folder))?;
            command.build();
            pages(&command, folder)
        }
    }
}

/// The pages of a command and of those below it.
fn pages(command: &Command, folder: &Path) -> Result<()> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page(command.clone())?).map_err(|error| placed(error, &path))?;
    let below = command.get_subcommands();
    let mut below = below.filter(|command| command.get_name() != "help" && !command.is_hide_set());
    below.try_for_each(|command| pages(command, folder))
}

fn page(command: Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(page)
}

fn placed(error: std::io::Error, path: &Path) -> Error {
    Error::from(error).in_source(path.display())
}
