//! The codes of folded letters, and how likely they are to be met in any text.

pub(super) const BREAK: u8 = 0;
pub(super) const E: u8 = 5;
pub(super) const I: u8 = 9;
pub(super) const S: u8 = 19;
pub(super) const Z: u8 = 26;
pub(super) const DIGIT: u8 = 27;

/// The code of a folded byte.
pub(super) const fn letter_code(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - b'a' + 1,
        b'2' | b'6' | b'8' | b'9' => DIGIT,
        _ => BREAK,
    }
}

/// Words so common that their letters tell little.
const COMMON: &str = " a about account address all any anymore are audio be browser build can cant card cd computer \
    connect crack do dont download drop file find for from found get go going good got hack have he help here him his \
    hit how i if in info is it its just know like link linux location login make making me message my myself new no \
    not now number of off on one or our page password people phone please post power private r real run s school see \
    self sell sending server she so some someone someones somebody support t test that the their them then there they \
    think this to token trading try u up use user wall want wanted was we web what when where which white who will \
    with without work working world would year you your yourself ";

/// How rarely each code of a pattern is met, in quarters of a bit.
pub(super) fn rarity(codes: &[u8]) -> Vec<u32> {
    let mut rarity: Vec<u32> = codes.iter().map(|&code| quarter_bits(code)).collect();
    let letter = |code: u8| if code == BREAK { ' ' } else { char::from(b'a' + code - 1) };
    let mut start = 0;
    for word in codes.split(|&code| code == BREAK) {
        let text: String = word.iter().map(|&code| letter(code)).collect();
        if COMMON.contains(&format!(" {text} ")) {
            rarity[start..start + word.len()].fill(0);
            rarity[start] = 24;
        }
        start += word.len() + 1;
    }
    rarity
}

/// How likely it is to meet codes by chance.
pub(super) fn chance(rarity: &[u32]) -> f64 {
    (-0.25 * f64::from(rarity.iter().sum::<u32>())).exp2()
}

/// How rare a letter is in English.
fn quarter_bits(code: u8) -> u32 {
    const OF: [u32; 26] =
        [8, 16, 14, 14, 6, 16, 16, 12, 8, 22, 18, 14, 14, 8, 8, 16, 22, 10, 10, 6, 14, 18, 16, 22, 16, 22];
    match code {
        BREAK => 2,
        1..=26 => OF[code as usize - 1],
        _ => 18,
    }
}
