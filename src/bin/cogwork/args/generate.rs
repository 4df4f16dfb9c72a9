//! The arguments of `generate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

/// Write what belongs beside the program: shell completions, manual pages.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cogwork generate completions bash > cogwork.bash
  cogwork generate man man")]
pub struct Generate {
    #[command(subcommand)]
    pub what: GenerateWhat,
}

#[derive(Debug, Subcommand)]
pub enum GenerateWhat {
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write manual pages of the program and of each command, cogwork.1, cogwork-info.1 and so on.
    Man {
        /// The folder to write them to, which is made if it is missing; without it the page of the program
        /// is printed.
        folder: Option<PathBuf>,
    },
}
