//! Hosts in a text whose letters look like those of another host (UTS 39 §5).

use unicode_script::{Script, UnicodeScript as _};

/// Most hosts that are told of one text.
const HOSTS_MAX: usize = 3;

/// The hosts of links that can be taken for others, as they are looked up: `xn--…`.
#[must_use]
pub fn doubtful_hosts(text: &str) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for host in text.split_whitespace().filter_map(host).filter(|host| is_doubtful(host)) {
        if let Ok(ascii) = idna::domain_to_ascii(host)
            && !hosts.contains(&ascii)
            && hosts.len() < HOSTS_MAX
        {
            hosts.push(ascii);
        }
    }
    hosts
}

/// The host of a word that is a link or could be typed as one.
fn host(word: &str) -> Option<&str> {
    let behind = word.split_once("://").map_or(word, |(_, behind)| behind);
    let end = behind.find(['/', ':', '?', '#', ',', ')', '>', '"']).unwrap_or(behind.len());
    let host = behind.get(..end)?.trim_matches(|c: char| !c.is_alphanumeric());
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let lettered = |label: &str| !label.is_empty() && label.chars().all(is_of_hosts);
    (host.contains('.') && host.split('.').all(lettered)).then_some(host)
}

fn is_of_hosts(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c.script() == Script::Inherited
}

/// Whether a label mixes scripts that nobody mixes, or is foreign below an ending in plain letters,
/// where a whole word may consist of letters that look Latin.
fn is_doubtful(host: &str) -> bool {
    let plain_ending = host.rsplit('.').next().is_some_and(|ending| ending.is_ascii());
    host.split('.').filter(|label| !label.is_ascii()).any(|label| {
        let mut scripts: Vec<Script> = Vec::new();
        for script in label.chars().map(|c| c.script()) {
            let is_any = matches!(script, Script::Common | Script::Inherited);
            if !is_any && !scripts.contains(&script) {
                scripts.push(script);
            }
        }
        let looks_latin = |script: &Script| {
            matches!(script, Script::Cyrillic | Script::Greek | Script::Armenian | Script::Cherokee)
        };
        let mixes = scripts.len() > 1 && !scripts.iter().all(is_of_east_asia);
        mixes || (plain_ending && scripts.iter().any(looks_latin))
    })
}

/// Scripts that one word of Chinese, Japanese or Korean may mix.
fn is_of_east_asia(script: &Script) -> bool {
    matches!(
        script,
        Script::Latin
            | Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Hangul
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_with_letters_of_another_script_is_told_as_it_is_looked_up() {
        for text in ["see https://\u{430}pple.com/login", "\u{430}pple.com", "(me@\u{430}pple.com)"]
        {
            assert_eq!(doubtful_hosts(text), ["xn--pple-43d.com"], "{text}");
        }
        let whole = "https://\u{430}\u{440}\u{440}\u{4cf}\u{435}.com";
        assert_eq!(doubtful_hosts(whole), ["xn--80ak6aa92e.com"]);
    }

    #[test]
    fn honest_hosts_are_not_told() {
        for text in [
            "https://example.org/\u{430}",
            "münchen.de",
            "пример.рф",
            "日本語.jp",
            "例え.テスト",
            "שלום. מה נשמע?",
            "e.g. nothing",
            "3.14",
            "Конец.Начало",
        ] {
            assert_eq!(doubtful_hosts(text), [""; 0], "{text}");
        }
    }
}
