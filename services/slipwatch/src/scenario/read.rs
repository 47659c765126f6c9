//! From a file of cases to cases, or to every mistake of the file at once.
//!
//! A case may name only what its pack has, and must expect something: a test that cannot fail is a mistake. What must never
//! enter: a stage, a default that judges.

use super::{
    Case, LogFile, WantedAlert, WantedVerdict, Weeks,
    amount::Amounts,
    expand,
    form::{AlertForm, CaseForm, File, LogForm, Text, VerdictForm},
    mistake::{Mistake, known, tell},
    weeks::{Calendar, Wrong},
};
use crate::{failure::Failure, history::Reading, rules};
use stages::intaking::FirstPack;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Display, Formatter},
    path::{Path, PathBuf},
    sync::Arc,
};
use vocab::{
    alert::Change,
    assessment::{Kind, Verdict},
    event::Selector,
    name::{JurisdictionCode, MeasureId},
    pack::{Jurisdictions, has_shape},
    time::{Day, Week},
};

/// Reads a file of cases.
///
/// # Errors
/// [`Failure::Usage`] with every mistake of the file; [`Failure::Input`] and [`Failure::Configuration`] of what it names.
pub fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let text = String::from_utf8(rules::read(path)?).map_err(|_| Failure::Usage(format!("{} is not UTF-8 text", path.display())))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let mistake = Mistake {
            span: error.span().unwrap_or_default(),
            problem: error.message().to_owned(),
            help: "deploy/regimes/tests/README.md shows every key".to_owned(),
        };
        Failure::Usage(tell(path, &text, &[mistake]))
    })?;
    let mut files = Files { folder: path.parent().unwrap_or(Path::new("")).to_owned(), packs: BTreeMap::new() };
    let pack = files.pack(&file.pack)?;
    let mut checker = Checker { pack, mistakes: Vec::new(), calendar: Calendar { first: None, last: None } };
    let mut cases = Vec::new();
    let mut names = BTreeSet::new();
    for form in &file.cases {
        if !names.insert(form.name.get_ref().as_str()) {
            checker.wrong(&form.name, ("two cases have this name".to_owned(), "a name of its own: failures are told by it".to_owned()));
        }
        cases.push(checker.case(form, &mut files)?);
    }
    if cases.is_empty() {
        checker.wrong(&file.pack, ("the file has no case".to_owned(), "[[case]] with a name".to_owned()));
    }
    if checker.mistakes.is_empty() {
        return Ok(cases);
    }
    checker.mistakes.sort_by_key(|mistake| mistake.span.start);
    Err(Failure::Usage(tell(path, &text, &checker.mistakes)))
}

/// What a file of cases names, by paths from its folder.
pub(super) struct Files {
    folder: PathBuf,
    packs: BTreeMap<PathBuf, FirstPack>,
}

impl Files {
    pub(super) fn pack(&mut self, at: &Text) -> Result<FirstPack, Failure> {
        let path = self.folder.join(at.get_ref());
        if let Some(pack) = self.packs.get(&path) {
            return Ok(pack.clone());
        }
        let pack = rules::pack(&path)?;
        self.packs.insert(path, pack.clone());
        Ok(pack)
    }

    fn log(&self, form: &LogForm) -> Result<LogFile, Failure> {
        let reading = match &form.mapping {
            Some(mapping) => Reading::Mapped(Arc::new(rules::mapping(&self.folder.join(mapping.get_ref()))?)),
            None => Reading::Native,
        };
        let path = self.folder.join(form.file.get_ref());
        if path.is_file() {
            return Ok(LogFile { path, reading });
        }
        Err(Failure::Input(format!("there is no file {}", path.display())))
    }
}

/// A series a case names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Where.
    pub(super) jurisdiction: JurisdictionCode,
    /// Which measure.
    pub(super) measure: MeasureId,
}

/// Checks cases against their pack.
pub(super) struct Checker {
    pub(super) pack: FirstPack,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) calendar: Calendar,
}

impl Checker {
    fn case(&mut self, form: &CaseForm, files: &mut Files) -> Result<Case, Failure> {
        let first = form.first_week.as_ref().and_then(|text| self.keep(text, first_week(text.get_ref())));
        self.calendar = Calendar { first, last: first.and_then(|first| last_week(first, form)) };
        let log = form.log.as_ref().map(|log| files.log(log)).transpose()?;
        self.expects_something(form);
        if log.is_none() && form.reports.is_empty() && form.records.is_empty() {
            let help = "reports = [{ series = \"KR/2397/9\", inspections = \"20 for 80 weeks\" }], records, or log".to_owned();
            self.wrong(&form.name, ("the case has no records".to_owned(), help));
        }
        let events = expand::events(self, form, files)?;
        let verdicts: Vec<WantedVerdict> = form.verdicts.iter().filter_map(|form| self.verdict(form)).collect();
        let alerts: Option<Vec<WantedAlert>> =
            form.alerts.as_ref().map(|alerts| alerts.iter().filter_map(|form| self.alert(form)).collect());
        let until = self.until(&verdicts, alerts.as_deref().unwrap_or_default());
        Ok(Case { name: form.name.get_ref().clone(), pack: self.pack.clone(), first_week: first, log, events, until, verdicts, alerts })
    }

    /// The last day that the case speaks of.
    fn until(&self, verdicts: &[WantedVerdict], alerts: &[WantedAlert]) -> Option<Day> {
        let reported = self.calendar.last.map(Week::sunday);
        let verdicts = verdicts.iter().map(|wanted| wanted.weeks.last.sunday());
        verdicts.chain(alerts.iter().map(|wanted| wanted.days.1)).chain(reported).max()
    }

    fn expects_something(&mut self, form: &CaseForm) {
        if form.verdicts.is_empty() && form.alerts.is_none() {
            let help = "verdicts = [{ series = …, weeks = \"40 to 80\", verdict = \"normal\" }], or alerts = [] for none at all".to_owned();
            self.wrong(&form.name, ("the case expects nothing, so it cannot fail".to_owned(), help));
        }
    }

    fn verdict(&mut self, form: &VerdictForm) -> Option<WantedVerdict> {
        let series = self.series(&form.series);
        let weeks = self.weeks(&form.weeks);
        let verdicts = self.keep(&form.verdict, verdicts(form.verdict.get_ref()));
        Some(WantedVerdict { series: series?.to_string(), weeks: weeks?, verdicts: verdicts? })
    }

    fn alert(&mut self, form: &AlertForm) -> Option<WantedAlert> {
        let series = self.subject(&form.series);
        let days = self.keep(&form.on, self.calendar.days(form.on.get_ref()));
        let change = self.keep(&form.change, word(form.change.get_ref(), "change", &Change::WORDS));
        let kind = form.kind.as_ref().map(|kind| self.keep(kind, word(kind.get_ref(), "kind", &Kind::ALL.map(Kind::as_str))));
        Some(WantedAlert { series: series?, days: days?, change: change?, kind: kind.map_or(Some(None), |kind| kind.map(Some))? })
    }

    /// The subject of an alert: a series, or all measures of a jurisdiction.
    fn subject(&mut self, text: &Text) -> Option<String> {
        match text.get_ref().split_once('/') {
            Some((jurisdiction, "any")) => {
                let checked = self.keep(text, self.jurisdiction(jurisdiction))?;
                Some(format!("{checked}/any"))
            }
            Some(_) | None => self.series(text).map(|series| series.to_string()),
        }
    }

    pub(super) fn series(&mut self, text: &Text) -> Option<Named> {
        let Some((jurisdiction, measure)) = text.get_ref().split_once('/') else {
            let wrong = (format!("`{}` names no series", text.get_ref()), "JURISDICTION/MEASURE, as the pack names them".to_owned());
            self.wrong(text, wrong);
            return None;
        };
        let jurisdiction = self.keep(text, self.jurisdiction(jurisdiction));
        let measure = self.keep(text, self.measure(measure));
        Some(Named { jurisdiction: jurisdiction?, measure: measure? })
    }

    /// A jurisdiction, or one of its series; all of them without a text.
    pub(super) fn selector(&mut self, text: Option<&Text>) -> Option<Selector> {
        let Some(text) = text else { return Some(Selector::default()) };
        if text.get_ref().contains('/') {
            let Named { jurisdiction, measure } = self.series(text)?;
            return Some(Selector { jurisdiction: Some(jurisdiction), measure: Some(measure) });
        }
        let jurisdiction = self.keep(text, self.jurisdiction(text.get_ref()))?;
        Some(Selector { jurisdiction: Some(jurisdiction), measure: None })
    }

    pub(super) fn measure(&self, text: &str) -> Result<MeasureId, Wrong> {
        let measures = &self.pack.pack.measures;
        let listed = measures.iter().map(|measure| &measure.id).find(|id| id.as_str() == text);
        listed.cloned().ok_or_else(|| {
            let names: Vec<String> = measures.iter().map(|measure| measure.id.to_string()).collect();
            (format!("the pack has no measure `{text}`"), known(text, &names))
        })
    }

    fn jurisdiction(&self, text: &str) -> Result<JurisdictionCode, Wrong> {
        let right = match &self.pack.pack.jurisdictions {
            Jurisdictions::Listed(listed) => {
                let names: Vec<String> = listed.iter().map(|one| one.code.to_string()).collect();
                if names.iter().any(|name| name == text) { None } else { Some(known(text, &names)) }
            }
            Jurisdictions::Pattern { shape, .. } if has_shape(text, shape) => None,
            Jurisdictions::Pattern { .. } => Some("a code that fits the pattern of [jurisdictions]".to_owned()),
        };
        match (right, JurisdictionCode::parse(text)) {
            (None, Ok(code)) => Ok(code),
            (right, _) => Err((format!("the pack has no jurisdiction `{text}`"), right.unwrap_or_else(|| "a code".to_owned()))),
        }
    }

    pub(super) fn weeks(&mut self, text: &Text) -> Option<Weeks> {
        self.keep(text, self.calendar.weeks(text.get_ref()))
    }

    /// The value of what could be read; what is wrong with the rest is noted.
    pub(super) fn keep<T>(&mut self, at: &Text, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|wrong| self.wrong(at, wrong)).ok()
    }

    pub(super) fn wrong(&mut self, at: &Text, (problem, help): Wrong) {
        self.mistakes.push(Mistake { span: at.span(), problem, help });
    }
}

fn first_week(text: &str) -> Result<Week, Wrong> {
    Week::parse(text).map_err(|bad| (format!("`{text}` is no week: {bad}"), "2018-W01".to_owned()))
}

/// The week in which the reports of a case end. Amounts that cannot be read are told where they are expanded.
fn last_week(first: Week, form: &CaseForm) -> Option<Week> {
    let texts = form.reports.iter().flat_map(|report| [&report.inspections, &report.interdictions, &report.exposure]);
    let weeks = texts.flatten().filter_map(|text| Amounts::parse(text.get_ref()).ok()).map(|amounts| amounts.weeks()).max()?;
    Some(Week(first.0.saturating_add(i32::try_from(weeks).ok()? - 1)))
}

/// As results name a series.
impl Display for Named {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.jurisdiction, self.measure)
    }
}

fn verdicts(text: &str) -> Result<Vec<Verdict>, Wrong> {
    let read = |word: &str| {
        let word = word.trim();
        Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word).ok_or_else(|| {
            let words: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
            (format!("`{word}` is no verdict"), format!("one of {}; several as `watch or slip`", words.join(", ")))
        })
    };
    text.split(" or ").map(read).collect()
}

fn word(text: &str, what: &str, words: &[&str]) -> Result<String, Wrong> {
    if words.contains(&text) {
        return Ok(text.to_owned());
    }
    Err((format!("`{text}` is no {what}"), format!("one of {}", words.join(", "))))
}
