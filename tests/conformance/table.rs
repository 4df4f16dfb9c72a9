//! The table by feature, and the page that holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::features::{Feature, Group};

/// How a file, or one of its facts, compares with GDAL's answer.
#[derive(Clone, Debug)]
pub enum Outcome {
    Same,
    /// An unsupported kind of file, or an excepted fact, and why.
    Refused(String),
    Wrong(String),
}

/// The outcomes of each feature.
#[derive(Debug, Default)]
pub struct Table(BTreeMap<Feature, Row>);

#[derive(Debug, Default)]
struct Row {
    same: usize,
    refused: usize,
    wrong: usize,
    reasons: BTreeSet<String>,
}

impl Table {
    pub fn add(&mut self, feature: Feature, outcome: &Outcome) {
        let row = self.0.entry(feature).or_default();
        match outcome {
            Outcome::Same => row.same += 1,
            Outcome::Refused(why) => {
                row.refused += 1;
                row.reasons.insert(why.clone());
            }
            Outcome::Wrong(_) => row.wrong += 1,
        }
    }

    /// The table as Markdown, a section for each group.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        let mut group: Option<Group> = None;
        for (feature, row) in &self.0 {
            if group != Some(feature.group) {
                group = Some(feature.group);
                let head = "| files | as GDAL | refused | wrong | why |";
                let line = "|---|---:|---:|---:|---:|---|";
                let _ = write!(
                    text,
                    "\n## {:?}\n\n| feature {head}\n{line}\n",
                    feature.group
                );
            }
            let Row {
                same,
                refused,
                wrong,
                reasons,
            } = row;
            let (name, files) = (&feature.name, same + refused + wrong);
            let why = Vec::from_iter(reasons.iter().map(String::as_str)).join("; ");
            let numbers = format!("{files} | {same} | {refused} | {wrong}");
            let _ = writeln!(text, "| {name} | {numbers} | {why} |");
        }
        text
    }
}
