//! The digest of a closed week: what stands out when all series of a regime are looked at together.
//!
//! e-BH over the series' own evidence of effort, yield and timeliness (`detection.md` §6.4). Of the rows listed a share of at most
//! alpha is false on average, under any dependence between series, as far as their levels are right and over the patience of the
//! detector, not once and for all. What must never enter: pooled evidence (it would count one fall many times), a page.

use alloc::vec::Vec;
use surveillance::statistics::e_benjamini_hochberg;
use vocab::{
    alert::{Digest, DigestRow, Look, OverdueRow},
    assessment::{Assessment, SeriesAssessment, Stream, StreamAssessment},
    time::Day,
};

/// The bound on the expected share of false rows.
const ALPHA: f64 = 0.1;

/// How much more than nothing a stream has to weigh, nats.
const TELLING_NATS: f64 = 1.0;

/// One stream among those compared.
type Compared<'a> = (&'a Assessment, &'a SeriesAssessment, &'a StreamAssessment);

/// The digest over the assessments of a regime and day, sorted by jurisdiction; none where nothing could be compared, no look
/// was due, and nobody knows of duties.
///
/// A stream that has seen nothing at all weighs as much as the logarithm of the starts it sums over, which with few series would
/// be enough. What does not exceed that by a nat counts as nothing: a smaller e-value is an e-value still.
pub(crate) fn of(
    day: Day,
    (assessments, lookback_weeks): (&[&Assessment], u16),
    looks: Vec<Look>,
    overdue: Option<Vec<OverdueRow>>,
) -> Option<Digest> {
    let unheld = assessments.iter().filter(|assessment| assessment.held.is_none());
    let series = unheld.flat_map(|assessment| assessment.series.iter().map(|series| (*assessment, series)));
    let streams = series.flat_map(|(assessment, series)| series.streams.iter().map(move |stream| (assessment, series, stream)));
    let compared: Vec<Compared<'_>> = streams.filter(|(_, _, stream)| is_watched(stream.stream)).collect();
    let nothing = libm::log(f64::from(lookback_weeks));
    let telling = |nats: &f64| *nats > nothing + TELLING_NATS;
    let nats = compared.iter().map(|(_, _, stream)| stream.own_evidence_nats.filter(telling).unwrap_or(f64::NEG_INFINITY));
    let nats: Vec<f64> = nats.collect();
    let first = assessments.first().filter(|_| !compared.is_empty() || !looks.is_empty() || overdue.is_some())?;
    let listed = e_benjamini_hochberg(&nats, ALPHA);
    Some(Digest {
        regime: first.regime.clone(),
        week: first.week,
        day,
        alpha: ALPHA,
        compared: u32::try_from(compared.len()).unwrap_or(u32::MAX),
        looks,
        overdue,
        rows: listed.into_iter().filter_map(|at| compared.get(at)).filter_map(row).collect(),
    })
}

const fn is_watched(stream: Stream) -> bool {
    match stream {
        Stream::Effort | Stream::Yield | Stream::Timeliness => true,
        Stream::ExposureDown | Stream::ExposureUp => false,
    }
}

fn row((assessment, series, stream): &Compared<'_>) -> Option<DigestRow> {
    Some(DigestRow {
        series: assessment.key(series),
        stream: stream.stream,
        evidence_nats: stream.own_evidence_nats?,
        onset: stream.onset,
        ratio: stream.size.map(|size| size.estimate),
    })
}
