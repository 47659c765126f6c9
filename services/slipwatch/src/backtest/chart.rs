//! The chart of a backtest: detection against false pages, a curve for each pack through its other rates, and where it stands.
//!
//! One SVG file that needs nothing beside it. What must never enter: a point that was not replayed.

use crate::{
    backtest::{
        figures::Figure,
        report::{Point, Report, Side},
    },
    failure::Failure,
};
use plotters::{
    chart::{ChartBuilder, ChartContext, SeriesLabelPosition},
    coord::{Shift, cartesian::Cartesian2d, types::RangedCoordf64},
    drawing::{DrawingArea, IntoDrawingArea},
    element::{Circle, Cross, EmptyElement, PathElement, Text},
    prelude::SVGBackend,
    series::LineSeries,
    style::{
        BLACK, Color, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};

/// Size of the picture.
const PIXELS: (u32, u32) = (900, 600);
/// Colours that people with any sight tell apart (Okabe and Ito), one a pack.
const COLOURS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];
const FONT: &str = "sans-serif";

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The chart as SVG.
///
/// # Errors
/// [`Failure::Other`] when it cannot be drawn.
pub fn svg(report: &Report) -> Result<String, Failure> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, PIXELS).into_drawing_area();
    draw(&area, report).map_err(|error| Failure::Other(anyhow::anyhow!("draw the chart: {error}")))?;
    drop(area);
    Ok(svg)
}

fn draw(area: &Area<'_>, report: &Report) -> Result<(), Box<dyn std::error::Error>> {
    area.fill(&WHITE)?;
    let area = area.titled("Slips found against false pages", (FONT, 22))?;
    let mut chart =
        ChartBuilder::on(&area).margin(16).x_label_area_size(52).y_label_area_size(64).build_cartesian_2d(0.0..right(report), 0.0..1.0)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc("false pages per series and year").y_desc("share of slips found by a new page within 26 weeks");
    mesh.x_labels(8).y_labels(11).y_label_formatter(&|share| format!("{share:.1}")).x_label_formatter(&|rate| format!("{rate:.2}"));
    mesh.label_style((FONT, 14)).axis_desc_style((FONT, 15)).light_line_style(WHITE).bold_line_style(BLACK.mix(0.1)).draw()?;
    for (side, colour) in report.sides.iter().zip(COLOURS) {
        curve(&mut chart, side, colour)?;
        stand(&mut chart, side, colour)?;
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::LowerRight).margin(14).label_font((FONT, 15));
    labels.background_style(WHITE).border_style(BLACK.mix(0.3)).draw()?;
    area.present()?;
    Ok(())
}

/// The right end of the chart: beyond every point and interval.
fn right(report: &Report) -> f64 {
    let intervals = report.sides.iter().filter_map(|side| Some(side.all.figures.get(&Figure::FalsePages)?.interval?.1));
    let points = report.sides.iter().flat_map(|side| side.curve.iter().map(|point| point.false_pages));
    1.08 * intervals.chain(points).fold(0.1, f64::max)
}

/// The curve through the rates, with a small mark at each.
fn curve(chart: &mut Chart<'_, '_>, side: &Side, colour: RGBColor) -> Result<(), Box<dyn std::error::Error>> {
    if side.curve.len() < 2 {
        return Ok(());
    }
    let place = |point: &Point| (point.false_pages, point.found);
    chart
        .draw_series(LineSeries::new(side.curve.iter().map(place), colour.stroke_width(2)))?
        .label(format!("{}, asking for other rates", side.name))
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    chart.draw_series(side.curve.iter().map(|point| Cross::new(place(point), 4, colour.stroke_width(1))))?;
    let ends = side.curve.first().into_iter().chain(side.curve.last());
    let style = TextStyle::from((FONT, 13).into_font()).color(&colour).pos(Pos::new(HPos::Center, VPos::Bottom));
    let text = |point: &Point| EmptyElement::at(place(point)) + Text::new(format!("{} asked", point.rate), (0, -7), style.clone());
    chart.draw_series(ends.map(text))?;
    Ok(())
}

/// Where the pack stands as it is, with the intervals of both figures.
fn stand(chart: &mut Chart<'_, '_>, side: &Side, colour: RGBColor) -> Result<(), Box<dyn std::error::Error>> {
    let figures = &side.all.figures;
    let (Some(wrong), Some(found)) = (figures.get(&Figure::FalsePages), figures.get(&Figure::FoundPaged)) else { return Ok(()) };
    let across = wrong.interval.map(|(low, high)| vec![(low, found.value), (high, found.value)]);
    let along = found.interval.map(|(low, high)| vec![(wrong.value, low), (wrong.value, high)]);
    let thin: ShapeStyle = colour.mix(0.5).stroke_width(2);
    chart.draw_series(across.into_iter().chain(along).map(|line| PathElement::new(line, thin)))?;
    let name = format!("{}, as it is (95 % intervals)", side.name);
    chart
        .draw_series(std::iter::once(Circle::new((wrong.value, found.value), 7, colour.filled())))?
        .label(name)
        .legend(move |(x, y)| Circle::new((x + 9, y), 6, colour.filled()));
    Ok(())
}
