//! A strict reader of the part of DOT that plans are drawn in: https://graphviz.org/doc/info/lang.html.

use std::collections::BTreeSet;

/// What a graph says.
#[derive(Debug, Default)]
pub struct Graph {
    /// All labels, with escapes resolved.
    pub labels: Vec<String>,
    nodes: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Sign(&'static str),
}

/// Reads a graph: every edge joins nodes that are declared, before or after it.
pub fn parse(text: &str) -> Result<Graph, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
        graph: Graph::default(),
        joined: Vec::new(),
    };
    reader.word("digraph")?;
    reader.name()?;
    reader.block()?;
    if reader.at != reader.tokens.len() {
        return Err("something follows the graph".into());
    }
    for node in reader.joined {
        if !reader.graph.nodes.contains(&node) {
            return Err(format!("{node} is joined and nowhere declared"));
        }
    }
    Ok(reader.graph)
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let sign = match char {
            '{' => "{",
            '}' => "}",
            '[' => "[",
            ']' => "]",
            '=' => "=",
            ',' => ",",
            ';' => ";",
            '-' if chars.next() == Some('>') => "->",
            '"' => {
                let mut string = String::new();
                loop {
                    match chars.next().ok_or("a string does not end")? {
                        '"' => break,
                        '\\' => match chars.next() {
                            Some('n') => string.push('\n'),
                            Some(escaped @ ('"' | '\\')) => string.push(escaped),
                            other => return Err(format!("escape {other:?}")),
                        },
                        char if char.is_control() => return Err("a control character".into()),
                        char => string.push(char),
                    }
                }
                tokens.push(Token::Text(string));
                continue;
            }
            char if char.is_whitespace() => continue,
            char if char.is_ascii_alphabetic() || char == '_' => {
                let mut name = String::from(char);
                let more = |char: &char| char.is_ascii_alphanumeric() || *char == '_';
                while let Some(char) = chars.next_if(more) {
                    name.push(char);
                }
                tokens.push(Token::Name(name));
                continue;
            }
            char => return Err(format!("{char:?} stands outside of a string")),
        };
        tokens.push(Token::Sign(sign));
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    graph: Graph,
    joined: Vec<String>,
}

impl Reader {
    fn block(&mut self) -> Result<(), String> {
        self.sign("{")?;
        while !self.is("}") {
            self.statement()?;
        }
        self.sign("}")
    }

    fn statement(&mut self) -> Result<(), String> {
        let name = self.name()?;
        if name == "subgraph" {
            self.name()?;
            return self.block();
        }
        if self.is("=") {
            self.sign("=")?;
            let value = self.value()?;
            if name == "label" {
                self.graph.labels.push(value);
            }
        } else if self.is("->") {
            self.sign("->")?;
            let to = self.name()?;
            self.joined.extend([name, to]);
            self.attributes()?;
        } else {
            if name != "node" && !self.graph.nodes.insert(name.clone()) {
                return Err(format!("{name} is declared twice"));
            }
            self.attributes()?;
        }
        self.sign(";")
    }

    fn attributes(&mut self) -> Result<(), String> {
        if !self.is("[") {
            return Ok(());
        }
        self.sign("[")?;
        loop {
            let name = self.name()?;
            self.sign("=")?;
            let value = self.value()?;
            if name == "label" {
                self.graph.labels.push(value);
            }
            if self.is("]") {
                return self.sign("]");
            }
            self.sign(",")?;
        }
    }

    fn is(&self, sign: &'static str) -> bool {
        self.tokens.get(self.at) == Some(&Token::Sign(sign))
    }

    fn sign(&mut self, sign: &'static str) -> Result<(), String> {
        if !self.is(sign) {
            return Err(format!("{sign} expected at {:?}", self.tokens.get(self.at)));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        match self.name()? == word {
            true => Ok(()),
            false => Err(format!("{word} expected")),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let Some(Token::Name(name)) = self.tokens.get(self.at) else {
            return Err(format!("a name expected at {:?}", self.tokens.get(self.at)));
        };
        self.at += 1;
        Ok(name.clone())
    }

    fn value(&mut self) -> Result<String, String> {
        if let Some(Token::Text(text)) = self.tokens.get(self.at) {
            self.at += 1;
            return Ok(text.clone());
        }
        self.name()
    }
}
