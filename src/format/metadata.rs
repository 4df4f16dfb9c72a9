//! GDAL_METADATA: what GDAL says in XML of a dataset and of its bands.
//!
//! The text is a flat list of items. It is parsed when it is first asked for, never expands
//! entities of its own, and never fails: what is not a list of items gives none. Its bytes are kept,
//! so that a copy from which nothing is dropped is the same to the byte.

use std::borrow::Cow;
use std::sync::OnceLock;

use bytes::Bytes;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::color::ColorInterpretation;

/// The items of a file. Two are equal that have the same items.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// The text as a file has it, if it comes from one and nothing has been changed.
    source: Option<Bytes>,
    items: OnceLock<Vec<Item>>,
}

/// One item.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Item {
    /// Its name: `STATISTICS_MEAN`.
    pub name: String,
    /// The band, from 0; none for items of the dataset.
    pub sample: Option<u16>,
    /// What GDAL takes it for, instead of an entry of a list: `scale`, `offset`, `unittype`,
    /// `description` or `colorinterp`.
    pub role: Option<String>,
    /// The list that it is in; none for the default one.
    pub domain: Option<String>,
    /// Its text, all escapes undone.
    pub text: String,
}

/// What the items say of one band.
#[derive(Clone, Debug, PartialEq)]
pub struct BandMetadata {
    /// Value = sample * scale + offset. 1 where nothing is said.
    pub scale: f64,
    /// 0 where nothing is said.
    pub offset: f64,
    /// The unit of values.
    pub unit: Option<String>,
    /// What the band shows.
    pub description: Option<String>,
    /// Its colour, where the items override what the TIFF tags say.
    pub color: Option<ColorInterpretation>,
    /// Statistics, as whoever computed them left them there.
    pub statistics: Statistics,
}

/// The `STATISTICS_*` items of a band.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// The least value.
    pub minimum: Option<f64>,
    /// The largest value.
    pub maximum: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// The standard deviation.
    pub standard_deviation: Option<f64>,
    /// How many pixels are valid, in percent.
    pub valid_percent: Option<f64>,
}

impl Metadata {
    /// The metadata of a GDAL_METADATA tag's bytes, which end at the first NUL. They are looked at
    /// when the items are asked for.
    pub fn from_xml(bytes: Bytes) -> Self {
        let end = bytes.iter().position(|&byte| byte == 0);
        let source = Some(bytes.slice(..end.unwrap_or(bytes.len())));
        Metadata {
            source,
            items: OnceLock::new(),
        }
    }

    /// Drops the items that `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(&Item) -> bool) {
        if !self.items().iter().all(&mut keep) {
            let items = self.items().iter().filter(|item| keep(item)).cloned();
            *self = items.collect();
        }
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: Item) {
        self.extend([item]);
    }

    /// The items, in the order of the file. None where the text is larger than 8 MiB or is not what
    /// GDAL writes.
    pub fn items(&self) -> &[Item] {
        let source = self.source.as_deref();
        self.items
            .get_or_init(|| source.map(parse).unwrap_or_default())
    }

    /// The text of an item of the dataset; of several with one name the last counts. Leading blanks
    /// are left out and empty texts count as missing, as in GDAL.
    pub fn text(&self, domain: Option<&str>, name: &str) -> Option<&str> {
        let mut items = self.items().iter().rev();
        let found = |item: &&Item| {
            item.sample.is_none() && item.domain.as_deref() == domain && item.name == name
        };
        items.find(found).and_then(Item::value)
    }

    /// What the items say of each of `count` bands.
    pub fn bands(&self, count: usize) -> Vec<BandMetadata> {
        let mut bands = vec![BandMetadata::default(); count];
        for item in self.items() {
            let band = item.sample.map(usize::from);
            if let Some(band) = band.and_then(|band| bands.get_mut(band)) {
                band.hear(item);
            }
        }
        bands
    }

    /// The text for a file, without the final NUL: that which it came from, if nothing has been
    /// changed, else as GDAL writes it. Empty if there is nothing to be said.
    pub fn to_xml(&self) -> Cow<'_, [u8]> {
        match &self.source {
            Some(source) => Cow::Borrowed(source),
            None => Cow::Owned(render(self.items()).into_bytes()),
        }
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.items() == other.items()
    }
}

impl FromIterator<Item> for Metadata {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        Metadata {
            source: None,
            items: OnceLock::from(items.into_iter().collect::<Vec<_>>()),
        }
    }
}

impl Extend<Item> for Metadata {
    fn extend<I: IntoIterator<Item = Item>>(&mut self, items: I) {
        let old = self.items().to_vec();
        *self = old.into_iter().chain(items).collect();
    }
}

impl Item {
    /// True for the statistics of a band, which hold no longer when pixels change.
    pub fn is_statistic(&self) -> bool {
        self.domain.is_none() && self.name.starts_with("STATISTICS_")
    }

    /// The text as GDAL gives it.
    pub fn value(&self) -> Option<&str> {
        Some(self.text.trim_ascii_start()).filter(|text| !text.is_empty())
    }

    fn number(&self) -> Option<f64> {
        self.value()?.trim_ascii_end().parse().ok()
    }
}

impl BandMetadata {
    fn hear(&mut self, item: &Item) {
        let Some(text) = item.value() else { return };
        let number = item.number();
        let role = item.role.as_deref().unwrap_or_default();
        match role.to_ascii_lowercase().as_str() {
            "scale" => self.scale = number.unwrap_or(self.scale),
            "offset" => self.offset = number.unwrap_or(self.offset),
            "unittype" => self.unit = Some(text.to_owned()),
            "description" => self.description = Some(text.to_owned()),
            "colorinterp" => self.color = Some(ColorInterpretation::from_name(text)),
            _ if item.domain.is_some() => {}
            _ => self.statistics.hear(&item.name, number),
        }
    }
}

impl Default for BandMetadata {
    fn default() -> Self {
        BandMetadata {
            scale: 1.0,
            offset: 0.0,
            unit: None,
            description: None,
            color: None,
            statistics: Statistics::default(),
        }
    }
}

impl Statistics {
    fn hear(&mut self, name: &str, number: Option<f64>) {
        match name {
            "STATISTICS_MINIMUM" => self.minimum = number,
            "STATISTICS_MAXIMUM" => self.maximum = number,
            "STATISTICS_MEAN" => self.mean = number,
            "STATISTICS_STDDEV" => self.standard_deviation = number,
            "STATISTICS_VALID_PERCENT" => self.valid_percent = number,
            _ => {}
        }
    }
}

/// The items of a text, or none if it is not a well-formed list of items.
fn parse(xml: &[u8]) -> Vec<Item> {
    if xml.len() > MOST_BYTES {
        return Vec::new();
    }
    items(&String::from_utf8_lossy(xml)).unwrap_or_default()
}

/// `None` where the text is not well-formed.
fn items(xml: &str) -> Option<Vec<Item>> {
    let mut reader = Reader::from_str(xml);
    let mut list = List::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => list.open(&start)?,
            Event::Empty(start) => {
                list.open(&start)?;
                list.close();
            }
            Event::End(_) => list.close(),
            Event::Text(text) => list.text(&text),
            Event::CData(text) => list.text(&escaped(&text, true)),
            // Entities that the text declares stay names: nothing is expanded.
            Event::GeneralRef(name) => list.text(&format!("&{};", &*name)),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::DocType(_) | Event::PI(_) => {}
        }
    }
    (list.depth == 0).then_some(list.items)
}

/// The items so far, and where in the tree the reader is.
#[derive(Default)]
struct List {
    depth: usize,
    /// Whether the element at depth 0 is a GDALMetadata.
    inside: bool,
    /// The item whose element is open, its text still escaped.
    open: Option<Item>,
    items: Vec<Item>,
}

impl List {
    fn open(&mut self, start: &BytesStart<'_>) -> Option<()> {
        let is = |name: &str| start.name().as_ref().eq_ignore_ascii_case(name);
        match self.depth {
            0 => self.inside = is("GDALMetadata"),
            1 if self.inside && is("Item") => self.open = item(start)?,
            // An item that holds elements has no text.
            _ => self.open = None,
        }
        self.depth += 1;
        Some(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 1
            && let Some(mut item) = self.open.take()
        {
            item.text = unescaped(&unescaped(&item.text)).into_owned();
            self.items.push(item);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(item) = &mut self.open {
            item.text.push_str(text);
        }
    }
}

/// An item from its attributes; `Some(None)` if it has no name or a band that no file has.
fn item(start: &BytesStart<'_>) -> Option<Option<Item>> {
    let mut item = Item::default();
    let mut named = false;
    // Looking for attributes that come twice takes time squared.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.ok()?;
        let text = unescaped(&attribute.value).into_owned();
        match attribute.key.as_ref() {
            "name" => (item.name, named) = (text, true),
            "role" => item.role = Some(text),
            "domain" => item.domain = Some(text).filter(|text| !text.is_empty()),
            "sample" => match text.trim().parse::<i64>() {
                Ok(-1) => item.sample = None,
                Ok(sample) => match u16::try_from(sample) {
                    Ok(sample) => item.sample = Some(sample),
                    Err(_) => return Some(None),
                },
                // What is no number is C's 0.
                Err(_) => item.sample = Some(0),
            },
            _ => {}
        }
    }
    Some(named.then_some(item))
}

/// A text with the escapes of XML undone once; those that XML does not have stay.
fn unescaped(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that a text's first reference, `&...;`, stands for, and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text
        .bytes()
        .take(LONGEST_REFERENCE)
        .position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let character = match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character, end + 1))
}

/// The items as GDAL writes them, or nothing.
fn render(items: &[Item]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut out = String::from("<GDALMetadata>\n");
    for item in items {
        out.push_str("  <Item");
        let sample = item.sample.map(|sample| sample.to_string());
        for (name, value) in [
            ("name", Some(item.name.as_str())),
            ("sample", sample.as_deref()),
            ("role", item.role.as_deref()),
            ("domain", item.domain.as_deref()),
        ] {
            if let Some(value) = value {
                out.push_str(&format!(" {name}=\"{}\"", escaped(value, true)));
            }
        }
        // GDAL escapes texts twice, the second time without the quotes.
        let text = escaped(&escaped(&item.text, true), false);
        out.push_str(&format!(">{text}</Item>\n"));
    }
    out.push_str("</GDALMetadata>\n");
    out
}

/// A text escaped as GDAL does it: without control characters, which XML cannot hold.
fn escaped(text: &str, quotes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quotes => out.push_str("&quot;"),
            '\u{feff}' => out.push_str("&#xFEFF;"),
            '\t' | '\n' | '\r' => out.push(character),
            '\0'..' ' => {}
            _ => out.push(character),
        }
    }
    out
}

/// Bytes of the largest text that is parsed.
const MOST_BYTES: usize = 8 << 20;
/// Bytes of the longest reference that means anything, `&#x0010FFFF;`.
const LONGEST_REFERENCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// As (name, sample, role, domain, text).
    fn list(xml: &[u8]) -> Vec<(String, Option<u16>, String, String, String)> {
        let metadata = Metadata::from_xml(Bytes::copy_from_slice(xml));
        let of = |item: &Item| {
            let item = item.clone();
            let text = Option::unwrap_or_default;
            (
                item.name,
                item.sample,
                text(item.role),
                text(item.domain),
                item.text,
            )
        };
        metadata.items().iter().map(of).collect()
    }

    fn texts(xml: &str) -> Vec<String> {
        list(xml.as_bytes())
            .into_iter()
            .map(|item| item.4)
            .collect()
    }

    #[test]
    fn items_have_name_band_role_domain_and_text() {
        let xml = b"<GDALMetadata>\n  <Item name=\"A\" sample=\"2\" role=\"scale\" domain=\"D\">\
            x &amp;amp; &amp;lt;y</Item>\n  <Item name=\"B\"/>\n</GDALMetadata>\n\0rest";
        let empty = String::new;
        let expected = [
            (
                "A".into(),
                Some(2),
                "scale".into(),
                "D".into(),
                "x & <y".into(),
            ),
            ("B".into(), None, empty(), empty(), empty()),
        ];
        assert_eq!(list(xml), expected);
    }

    #[test]
    fn what_is_no_list_of_items_gives_none() {
        let deep = format!("<GDALMetadata>{}", "<Item name='a'>".repeat(100_000));
        let many = format!(
            "<GDALMetadata><Item name='a' {}/>",
            "a='b' ".repeat(100_000)
        );
        for xml in [
            "",
            "abc",
            "<",
            "<GDALMetadata>",
            "<GDALMetadata><Item name='a'>b",
            "<GDALMetadata><Item name='a'>b</GDALMetadata>",
            "<GDALMetadata><Item name=a>b</Item></GDALMetadata>",
            "<GDALMetadata><Item name='a>b</Item></GDALMetadata>",
            "<Other><Item name='a'>b</Item></Other>",
            "<GDALMetadata><Deeper><Item name='a'>b</Item></Deeper></GDALMetadata>",
            "<GDALMetadata><Item>nameless</Item></GDALMetadata>",
            "<GDALMetadata><Item name='a' sample='65536'>b</Item></GDALMetadata>",
            "<GDALMetadata><Item name='a' sample='-2'>b</Item></GDALMetadata>",
            "<GDALMetadata><Item name='a'>b<c/></Item></GDALMetadata>",
            &deep,
            &many,
        ] {
            assert!(texts(xml).is_empty(), "{}", &xml[..xml.len().min(80)]);
        }
    }

    #[test]
    fn odd_texts() {
        let item =
            |text: &str| format!("<GDALMetadata><Item name='a'>{text}</Item></GDALMetadata>");
        for (text, expected) in [
            ("&#65;&#x42;", "AB"),
            ("&amp;#65;", "A"),
            ("&unknown; &amp;", "&unknown; &"),
            ("&#xFFFFFFFF;&#xD800;", "&#xFFFFFFFF;&#xD800;"),
            ("a<!-- b -->c", "ac"),
            ("<![CDATA[1 < 2 & 3]]>", "1 < 2 & 3"),
            ("ü — 東", "ü — 東"),
        ] {
            assert_eq!(texts(&item(text)), [expected], "{text}");
        }
    }

    #[test]
    fn entities_of_its_own_are_names() {
        let mut xml = String::from("<!DOCTYPE x [<!ENTITY e0 \"lol\">");
        for n in 1..30 {
            let entity = format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10));
            xml.push_str(&entity);
        }
        xml.push_str("]><GDALMetadata><Item name='a'>&e29;</Item></GDALMetadata>");
        assert_eq!(texts(&xml), ["&e29;"]);
    }

    #[test]
    fn bytes_that_are_no_text() {
        let xml = b"<GDALMetadata><Item name='a'>caf\xe9</Item></GDALMetadata>";
        assert_eq!(list(xml)[0].4, "caf\u{fffd}");
        let metadata = Metadata::from_xml(Bytes::from_static(xml));
        assert_eq!(&*metadata.to_xml(), xml, "the bytes are kept");
        let large = vec![b'<'; MOST_BYTES + 1];
        assert!(list(&large).is_empty());
    }

    #[test]
    fn items_are_written_as_gdal_writes_them() {
        let item = Item {
            name: "a\"b".into(),
            sample: Some(3),
            role: Some("unittype".into()),
            domain: Some("D".into()),
            text: "1 < \"2\" & 'x'\u{1}".into(),
        };
        let metadata: Metadata = [item].into_iter().collect();
        let expected = "<GDALMetadata>\n  <Item name=\"a&quot;b\" sample=\"3\" role=\"unittype\" \
            domain=\"D\">1 &amp;lt; &amp;quot;2&amp;quot; &amp;amp; 'x'</Item>\n</GDALMetadata>\n";
        assert_eq!(String::from_utf8_lossy(&metadata.to_xml()), expected);
        assert!(Metadata::default().to_xml().is_empty());
    }

    #[test]
    fn the_last_word_counts_and_drops_rewrite() {
        let xml = "<GDALMetadata><Item name='S' sample='0' role='scale'>2</Item>\
            <Item name='S' sample='0' role='SCALE'>3</Item>\
            <Item name='STATISTICS_MEAN' sample='0'>4</Item>\
            <Item name='k'>1</Item><Item name='k'> 2</Item><Item name='e'></Item></GDALMetadata>";
        let mut metadata = Metadata::from_xml(Bytes::from_static(xml.as_bytes()));
        let bands = metadata.bands(1);
        assert_eq!((bands[0].scale, bands[0].statistics.mean), (3.0, Some(4.0)));
        assert_eq!(metadata.text(None, "k"), Some("2"));
        assert_eq!(metadata.text(None, "e"), None);
        metadata.retain(|_| true);
        assert_eq!(&*metadata.to_xml(), xml.as_bytes());
        metadata.retain(|item| !item.is_statistic());
        assert_eq!(metadata.items().len(), 5);
        assert_eq!(metadata.bands(1)[0].statistics, Statistics::default());
    }
}
