//! Message texts: escapes, inserts and lines, as FormatMessage lays them out.
//! It reads no memory of the caller itself: [`Arguments`] does.

/// What the inserts of a message stand for.
pub(crate) trait Arguments {
    /// The argument with this index, as one machine word.
    fn word(&mut self, index: usize) -> usize;

    /// The string that a word points to, at most `limit` units of it; `wide` picks the unit.
    fn string(&self, word: usize, wide: bool, limit: Option<usize>) -> String;
}

/// The line width that says: only the message's own %n are line breaks.
pub(crate) const NO_SOFT_BREAKS: u8 = 0xff;

/// Why a message cannot be laid out: an insert without an argument, or a format that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadInsert;

/// The text of `template`; inserts stay as they are written if `ignore` says so.
///
/// `wide_first` says that a plain `s` means a wide string. A line width of 0 keeps the template's line
/// breaks, 255 makes spaces of them, and others fold the text at spaces.
pub(crate) fn expand<'a>(
    template: &'a str,
    arguments: Option<&'a mut (dyn Arguments + 'a)>,
    ignore: bool,
    wide_first: bool,
    width: u8,
) -> Result<String, BadInsert> {
    let mut layout = Layout { out: String::new(), rest: template, arguments, ignore, wide_first, width };
    layout.run()?;
    Ok(match width {
        0 | NO_SOFT_BREAKS => layout.out,
        columns => fold(&layout.out, columns.into()),
    })
}

struct Layout<'a> {
    out: String,
    rest: &'a str,
    arguments: Option<&'a mut (dyn Arguments + 'a)>,
    ignore: bool,
    wide_first: bool,
    width: u8,
}

impl Layout<'_> {
    fn run(&mut self) -> Result<(), BadInsert> {
        while let Some(c) = self.take() {
            match c {
                '%' => match self.take() {
                    Some('0') => return Ok(()),
                    Some(escape) => self.escape(escape)?,
                    None => return Ok(()),
                },
                '\r' => {
                    self.take_if('\n');
                    self.soft_break();
                }
                '\n' => self.soft_break(),
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.take();
        }
        found
    }

    fn soft_break(&mut self) {
        self.out.push_str(if self.width == 0 { "\r\n" } else { " " });
    }

    fn escape(&mut self, escape: char) -> Result<(), BadInsert> {
        match escape {
            '1'..='9' => self.insert(escape)?,
            'n' => self.out.push_str("\r\n"),
            'r' => self.out.push('\r'),
            't' => self.out.push('\t'),
            'b' => self.out.push(' '),
            other if self.ignore && !matches!(other, '%' | ' ' | '.' | '!') => self.out.extend(['%', other]),
            other => self.out.push(other),
        }
        Ok(())
    }

    /// %1 to %99, with or without a !format!.
    fn insert(&mut self, first: char) -> Result<(), BadInsert> {
        let mut number = String::from(first);
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            number.extend(self.take());
        }
        if self.ignore {
            self.out.extend(['%'].into_iter().chain(number.chars()));
            return Ok(());
        }
        let mut format = "s";
        if self.take_if('!') {
            let end = self.rest.find('!').ok_or(BadInsert)?;
            format = &self.rest[..end];
            self.rest = &self.rest[end + 1..];
        }
        let index = number.parse::<usize>().map_err(|_| BadInsert)? - 1;
        let arguments = self.arguments.as_deref_mut().ok_or(BadInsert)?;
        let text = Spec::parse(format).ok_or(BadInsert)?.render(arguments, index, self.wide_first);
        self.out.push_str(&text.ok_or(BadInsert)?);
        Ok(())
    }
}

/// A printf format without its percent sign.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: Count,
    precision: Count,
    size: Size,
    conversion: char,
}

#[derive(Default, Clone, Copy)]
enum Count {
    #[default]
    None,
    Given(usize),
    Argument,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Size {
    #[default]
    Plain,
    Short,
    Long,
    Pointer,
    Bits64,
}

impl Spec {
    fn parse(format: &str) -> Option<Self> {
        let mut spec = Self::default();
        let mut rest = format;
        while let Some(c) = rest.chars().next().filter(|c| "-+ 0#".contains(*c)) {
            match c {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => spec.alternate = true,
            }
            rest = &rest[1..];
        }
        (spec.width, rest) = Count::parse(rest)?;
        if let Some(after) = rest.strip_prefix('.') {
            (spec.precision, rest) = Count::parse(after)?;
            if matches!(spec.precision, Count::None) {
                spec.precision = Count::Given(0);
            }
        }
        for (prefix, size) in SIZES {
            if let Some(after) = rest.strip_prefix(prefix) {
                (spec.size, rest) = (*size, after);
                break;
            }
        }
        spec.conversion = rest.chars().next().filter(|c| "diouxXcCsSp".contains(*c))?;
        (rest.len() == 1).then_some(spec)
    }

    fn render(&self, arguments: &mut dyn Arguments, first: usize, wide_first: bool) -> Option<String> {
        let mut next = first;
        let mut take = |arguments: &mut dyn Arguments| {
            next += 1;
            arguments.word(next - 1)
        };
        let (mut left, mut width) = (self.left, 0);
        match self.width {
            Count::None => (),
            Count::Given(n) => width = n,
            Count::Argument => {
                let n = take(arguments) as i32;
                left |= n < 0;
                width = n.unsigned_abs() as usize;
            }
        }
        let precision = match self.precision {
            Count::None => None,
            Count::Given(n) => Some(n),
            Count::Argument => usize::try_from(take(arguments) as i32).ok(),
        };
        // More than a message may hold is a mistake in the format.
        if width > MOST || precision.is_some_and(|n| n > MOST) {
            return None;
        }
        let word = take(arguments);
        let mut value = word as u64;
        if usize::BITS == 32 && self.size == Size::Bits64 && !"csSCp".contains(self.conversion) {
            value |= (take(arguments) as u64) << 32;
        }
        let (sign, body) = match self.conversion {
            's' | 'S' => ("", arguments.string(word, self.is_wide(wide_first), precision)),
            'c' | 'C' => ("", char::from_u32(word as u32).unwrap_or(char::REPLACEMENT_CHARACTER).into()),
            'p' => ("", format!("{word:0digits$X}", digits = size_of::<usize>() * 2)),
            'd' | 'i' => self.signed(value, precision),
            _ => self.unsigned(value, precision),
        };
        let pad = width.saturating_sub(sign.len() + body.chars().count());
        let is_number = "diouxX".contains(self.conversion);
        Some(match (left, self.zero && is_number && precision.is_none()) {
            (true, _) => format!("{sign}{body}{:pad$}", ""),
            (false, true) => format!("{sign}{:0<pad$}{body}", ""),
            (false, false) => format!("{:pad$}{sign}{body}", ""),
        })
    }

    fn is_wide(&self, wide_first: bool) -> bool {
        match self.size {
            Size::Short => false,
            Size::Long => true,
            _ => wide_first != (self.conversion == 'S'),
        }
    }

    fn signed(&self, value: u64, precision: Option<usize>) -> (&'static str, String) {
        let value = match self.size {
            Size::Bits64 => value as i64,
            Size::Pointer => value as isize as i64,
            Size::Short => i64::from(value as i16),
            _ => i64::from(value as i32),
        };
        let sign = match value {
            ..0 => "-",
            _ if self.plus => "+",
            _ if self.space => " ",
            _ => "",
        };
        (sign, digits(value.unsigned_abs().to_string(), precision))
    }

    fn unsigned(&self, value: u64, precision: Option<usize>) -> (&'static str, String) {
        let value = match self.size {
            Size::Bits64 => value,
            Size::Pointer => value as usize as u64,
            Size::Short => u64::from(value as u16),
            _ => u64::from(value as u32),
        };
        match self.conversion {
            'o' if self.alternate => ("0", digits(format!("{value:o}"), precision)),
            'o' => ("", digits(format!("{value:o}"), precision)),
            'x' if self.alternate && value != 0 => ("0x", digits(format!("{value:x}"), precision)),
            'x' => ("", digits(format!("{value:x}"), precision)),
            'X' if self.alternate && value != 0 => ("0X", digits(format!("{value:X}"), precision)),
            'X' => ("", digits(format!("{value:X}"), precision)),
            _ => ("", digits(value.to_string(), precision)),
        }
    }
}

/// The longest prefixes first.
const SIZES: &[(&str, Size)] = &[
    ("I64", Size::Bits64),
    ("I32", Size::Plain),
    ("ll", Size::Bits64),
    ("I", Size::Pointer),
    ("h", Size::Short),
    ("l", Size::Long),
    ("w", Size::Long),
];

/// The most characters that a message may have.
const MOST: usize = 0xffff;

fn digits(plain: String, precision: Option<usize>) -> String {
    match precision {
        Some(0) if plain == "0" => String::new(),
        Some(n) => format!("{plain:0>n$}"),
        None => plain,
    }
}

impl Count {
    fn parse(rest: &str) -> Option<(Self, &str)> {
        if let Some(after) = rest.strip_prefix('*') {
            return Some((Self::Argument, after));
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        Some((if number.is_empty() { Self::None } else { Self::Given(number.parse().ok()?) }, after))
    }
}

/// Folds each line at the last space within `columns`; a longer word stays whole.
fn fold(text: &str, columns: usize) -> String {
    let fold_line = |line: &str| {
        let mut folded = String::new();
        let mut column = 0;
        for word in line.split_inclusive(' ') {
            let length = word.trim_end_matches(' ').chars().count();
            if column > 0 && column + length > columns {
                folded.truncate(folded.trim_end_matches(' ').len());
                folded.push_str("\r\n");
                column = 0;
            }
            folded.push_str(word);
            column += word.chars().count();
        }
        folded
    };
    text.split("\r\n").map(fold_line).collect::<Vec<_>>().join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words, and strings that a word is the index of: the narrow one, the wide one.
    struct Given(&'static [usize], &'static [(&'static str, &'static str)]);

    impl Arguments for Given {
        fn word(&mut self, index: usize) -> usize {
            self.0[index]
        }
        fn string(&self, word: usize, wide: bool, limit: Option<usize>) -> String {
            let (narrow, wide_text) = self.1[word];
            let text = if wide { wide_text } else { narrow };
            text.chars().take(limit.unwrap_or(usize::MAX)).collect()
        }
    }

    fn given(template: &str, words: &'static [usize]) -> Result<String, BadInsert> {
        let mut arguments = Given(words, &[("zero", "ZERO"), ("one", "ONE"), ("two", "TWO")]);
        expand(template, Some(&mut arguments), false, false, 0)
    }

    fn plain(template: &str, width: u8) -> String {
        expand(template, None, true, false, width).unwrap()
    }

    #[test]
    fn escapes_and_lines() {
        assert_eq!(plain("a%nb%tc%%d%.e%!f% g", 0), "a\r\nb\tc%d.e!f g");
        assert_eq!(plain("a\nb\rc\r\nd\n", 0), "a\r\nb\r\nc\r\nd\r\n");
        assert_eq!(plain("Done.\r\n", NO_SOFT_BREAKS), "Done. ");
        assert_eq!(plain("cut%0 here", 0), "cut");
        assert_eq!(plain("keep %1 and %12!d! and %z", 0), "keep %1 and %12!d! and %z");
        assert_eq!(plain("one two three%nfour five", 8), "one two\r\nthree\r\nfour\r\nfive");
        assert_eq!(plain("extraordinary day", 5), "extraordinary\r\nday");
    }

    #[test]
    fn inserts_take_their_arguments_in_any_order() {
        assert_eq!(given("%2 before %1", &[0, 1]).unwrap(), "one before zero");
        assert_eq!(given("%1!S!%1!ls!%1!hs!%1!ws!", &[2]).unwrap(), "TWOTWOtwoTWO");
        assert_eq!(given("[%1!5d!|%1!-5d!|%1!05d!]", &[42]).unwrap(), "[   42|42   |00042]");
        assert_eq!(given("[%1!*.*s!]", &[6, 2, 0]).unwrap(), "[    ze]");
        assert_eq!(given("%1!#x! %1!X! %1!o! %1!+d!", &[255]).unwrap(), "0xff FF 377 +255");
        assert_eq!(given("%1!d! %1!u! %1!hd!", &[usize::MAX]).unwrap(), "-1 4294967295 -1");
        assert_eq!(given("%1!c!%2!c!", &[0x57, 0xe9]).unwrap(), "W\u{e9}");
        assert_eq!(given("%1!.4d!%2!.0d!", &[7, 0]).unwrap(), "0007");
        #[cfg(target_pointer_width = "64")]
        assert_eq!(given("%1!I64d! %1!p!", &[1 << 40]).unwrap(), "1099511627776 0000010000000000");
        #[cfg(target_pointer_width = "32")]
        assert_eq!(given("%1!I64d! %2!p!", &[0, 256]).unwrap(), "1099511627776 00000100");
    }

    #[test]
    fn a_bad_insert_is_refused() {
        for template in ["%1!q!", "%1!d", "%1!5!", "%1!dd!", "%1!99999d!"] {
            assert_eq!(given(template, &[0]), Err(BadInsert), "{template}");
        }
        assert_eq!(expand("%1", None, false, false, 0), Err(BadInsert));
    }
}
