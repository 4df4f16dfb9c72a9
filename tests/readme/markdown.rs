//! What a page of Markdown holds.

use std::path::{Path, PathBuf};

use crate::common;

pub struct Page {
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block of code.
pub struct Block {
    pub language: String,
    pub text: String,
    /// The line of the page that its text begins in, counted from 1.
    pub line: usize,
}

impl Page {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a page of text");
        let path = path.to_owned();
        Page { path, text }
    }

    /// Its path in the repository.
    pub fn name(&self) -> String {
        let inside = self.path.strip_prefix(common::repository());
        inside.expect("a page of ours").display().to_string()
    }

    /// The blocks of code of a language, in order.
    pub fn blocks(&self, language: &str) -> Vec<Block> {
        let mut blocks = self.all_blocks();
        blocks.retain(|block| block.language == language);
        blocks
    }

    fn all_blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), open.as_mut()) {
                (Some(language), None) => {
                    let (text, line) = (String::new(), number + 2);
                    let language = language.to_owned();
                    open = Some(Block {
                        language,
                        text,
                        line,
                    });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => block.text.extend([line, "\n"]),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block without an end", self.name());
        blocks
    }

    /// The text outside of blocks of code.
    fn prose(&self) -> String {
        let mut inside = false;
        let lines = self.text.lines().filter(|line| {
            let fence = line.starts_with("```");
            inside ^= fence;
            !inside && !fence
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The spans of code in the text, by lines.
    pub fn spans(&self) -> Vec<String> {
        let prose = self.prose();
        prose.lines().flat_map(spans).map(str::to_owned).collect()
    }

    /// The rows of all tables, each as its cells.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let prose = self.prose();
        let rows = prose.lines().filter_map(|line| {
            let row = line.strip_prefix('|')?.strip_suffix('|')?;
            Some(row.split('|').map(|cell| cell.trim().to_owned()).collect())
        });
        rows.collect()
    }

    /// What links and pictures lead to.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose().replace('\n', " ");
        let links = prose.split("](").skip(1);
        let end = |rest: &str| rest.split(')').next().unwrap_or_default().to_owned();
        links.map(end).collect()
    }
}

/// What stands between backquotes.
pub fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}
