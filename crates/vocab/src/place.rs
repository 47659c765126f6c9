//! Places: ISO 3166-1 countries, and where an act took place.
//!
//! A jurisdiction is a pack's code (`name::JurisdictionCode`); this room only knows which two letters are a country.

use crate::name::Label;
use core::fmt;
use serde::{Deserialize, Serialize};

/// The officially assigned alpha-2 codes of ISO 3166-1, sorted.
const ALPHA2: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI \
GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI \
LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF \
PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A country of ISO 3166-1, by its two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CountryCode([u8; 2]);

/// The text is no assigned alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 3166-1 alpha-2 code")]
pub struct BadCountry;

impl CountryCode {
    /// Reads an officially assigned alpha-2 code.
    ///
    /// # Errors
    /// [`BadCountry`] for anything else.
    pub fn parse(text: &str) -> Result<Self, BadCountry> {
        let bytes: [u8; 2] = text.as_bytes().try_into().map_err(|_| BadCountry)?;
        let is_assigned = ALPHA2.split_ascii_whitespace().any(|code| code.as_bytes() == bytes);
        if is_assigned { Ok(Self(bytes)) } else { Err(BadCountry) }
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

/// Where an act took place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Location {
    /// A UN/LOCODE place, such as `KRPUS`.
    Locode(Label),
    /// A position, in units of 10⁻⁷ degree, north and east positive.
    Position {
        /// Latitude, −900,000,000 to 900,000,000.
        latitude_e7: i32,
        /// Longitude, −1,800,000,000 to 1,800,000,000.
        longitude_e7: i32,
    },
    /// A named sea area or place without a code.
    Area(Label),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_the_assigned_ones() {
        assert!(CountryCode::parse("KP").is_ok());
        assert_eq!(CountryCode::parse("XX"), Err(BadCountry));
        assert_eq!(CountryCode::parse("kp"), Err(BadCountry));
        assert_eq!(ALPHA2.split_ascii_whitespace().count(), 249);
    }
}
