//! Check digits against vectors that hold textbook examples, listed ships, and dirt seen in real feeds.

use vocab::identifier::{Checked, ContainerNumber, ImoNumber, Lei};

const VECTORS: &str = include_str!("identifier_vectors.csv");

#[test]
fn every_vector_is_judged_as_it_says() {
    let mut judged = 0;
    for line in VECTORS.lines().skip(1) {
        let mut fields = line.splitn(4, ',');
        let (scheme, value, valid) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap() == "true");
        let found = match scheme {
            "imo_ship" => ImoNumber::parse(value).is_ok(),
            "iso6346" => ContainerNumber::parse(value).is_ok(),
            "lei" => Lei::parse(value).is_ok(),
            other => panic!("scheme {other} has no check here"),
        };
        assert_eq!(found, valid, "{line}");
        judged += 1;
    }
    assert_eq!(judged, 21, "a vector was added or lost");
}

#[test]
fn an_invalid_number_is_kept_as_it_was_typed() {
    let typed = Checked::<ImoNumber>::of("91764126");
    assert!(typed.is_invalid());
    assert_eq!(typed.to_string(), "91764126");
    assert_eq!(Checked::<ImoNumber>::of("IMO 9074729").to_string(), "9074729");
}

#[test]
fn a_container_check_value_of_ten_prints_as_zero() {
    // Found by search: the sum of this number is 10 modulo 11.
    let number = (0..1_000_000)
        .map(|n| format!("AAAU{n:06}0"))
        .find(|text| ContainerNumber::parse(text).is_ok_and(|_| sum_modulo_11(text) == 10))
        .unwrap();
    assert!(ContainerNumber::parse(&number).is_ok(), "{number}");
}

/// Written apart from the product: letters by table instead of arithmetic.
fn sum_modulo_11(text: &str) -> u32 {
    const LETTERS: [u32; 26] = [10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 37, 38];
    text.bytes().take(10).zip(0_u32..).map(|(byte, place)| if byte.is_ascii_digit() { u32::from(byte - b'0') } else { LETTERS[usize::from(byte - b'A')] } * 2_u32.pow(place)).sum::<u32>() % 11
}
