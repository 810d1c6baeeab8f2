using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using PaperFigures.Results;

namespace PaperFigures.Plots;

/// <summary>One plot of a figure: curves with bands over the seeds, bars, theory.</summary>
internal sealed class Panel
{
    private const double _barGap = 0.2;

    /// <param name="title">What is shown.</param>
    /// <param name="x">Title of the axis, with its unit.</param>
    /// <param name="y">Title of the axis, with its unit.</param>
    public Panel(string title, Axis x, Axis y)
    {
        Model = new PlotModel
        {
            Title = title, TitleFontSize = 14, TitleFontWeight = FontWeights.Normal, DefaultFontSize = 11, Background = OxyColors.White,
            Padding = new(8, 6, 14, 6),
        };
        Model.Axes.Add(x);
        Model.Axes.Add(y);
        Model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.BottomCenter,
            LegendOrientation = LegendOrientation.Horizontal, LegendFontSize = 10.5, LegendSymbolLength = 30, LegendItemSpacing = 8,
        });
    }

    public PlotModel Model { get; }

    public static Axis Linear(AxisPosition position, string title, double minimum = double.NaN, double maximum = double.NaN) =>
        new LinearAxis
        {
            Position = position, Title = title, Minimum = minimum, Maximum = maximum, MinorTickSize = 0, MaximumPadding = 0.04,
            AxisTitleDistance = TitleDistance(position), MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.Gainsboro,
        };

    public static Axis Logarithmic(AxisPosition position, string title, double minimum = double.NaN, double maximum = double.NaN) =>
        new LogarithmicAxis
        {
            Position = position, Title = title, Minimum = minimum, Maximum = maximum, MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColors.Gainsboro, AxisTitleDistance = TitleDistance(position), MinorTickSize = 2, MaximumPadding = 0.06,
            MinimumPadding = 0.06,
            LabelFormatter = value => value is > 0.009 and < 9999 ? $"{value:0.###}" : value.ToString("0.#e0", CultureInfo.InvariantCulture),
        };

    /// <summary>An axis of names, the first at 0.</summary>
    public static Axis Names(string title, IReadOnlyList<string> names) => new LinearAxis
    {
        Position = AxisPosition.Bottom, Title = title, Minimum = -0.5, Maximum = names.Count - 0.5, MajorStep = 1, MinorTickSize = 0,
        LabelFormatter = value => Math.Abs(value - Math.Round(value)) < 1e-6 && value > -0.5 && value < names.Count - 0.5
            ? names[(int)Math.Round(value)] : "",
    };

    /// <summary>A curve of the seeds' means, in a band from the lowest to the highest.</summary>
    public void AddCurve(string label, CurveStyle style, IReadOnlyList<(double X, Spread Y)> points)
    {
        if (points.Any(point => point.Y.Low < point.Y.High))
        {
            var band = new AreaSeries { Color = OxyColors.Transparent, Fill = OxyColor.FromAColor(45, style.Color), StrokeThickness = 0 };
            foreach ((double x, Spread y) in points)
            {
                band.Points.Add(new(x, y.Low));
                band.Points2.Add(new(x, y.High));
            }
            Model.Series.Add(band);
        }
        AddLine(label, style, points.Select(point => (point.X, point.Y.Mean)));
    }

    /// <summary>A curve without a band.</summary>
    public void AddLine(string? label, CurveStyle style, IEnumerable<(double X, double Y)> points, double thickness = 1.6)
    {
        var line = new LineSeries
        {
            Title = label, Color = style.Color, LineStyle = style.Line, StrokeThickness = thickness, MarkerType = style.Marker,
            MarkerSize = 3, MarkerFill = style.Color, MarkerStroke = style.Color,
        };
        line.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
        Model.Series.Add(line);
    }

    /// <summary>A horizontal line across the plot.</summary>
    public void AddLevel(string label, double y) => Model.Annotations.Add(new LineAnnotation
    {
        Type = LineAnnotationType.Horizontal, Y = y, Color = CurveStyle.Theory.Color, LineStyle = CurveStyle.Theory.Line, Text = label,
        TextColor = OxyColors.DimGray, FontSize = 10, TextHorizontalAlignment = HorizontalAlignment.Right, TextLinePosition = 1,
    });

    /// <summary>A short text inside the plot.</summary>
    /// <param name="text">The text.</param>
    /// <param name="x">On the axis.</param>
    /// <param name="y">On the axis.</param>
    public void AddNote(string text, double x, double y) => Model.Annotations.Add(new TextAnnotation
    {
        Text = text, TextPosition = new(x, y), StrokeThickness = 0, FontSize = 10, TextHorizontalAlignment = HorizontalAlignment.Left,
        TextVerticalAlignment = VerticalAlignment.Middle, Background = OxyColor.FromAColor(200, OxyColors.White),
    });

    /// <summary>Bars side by side over the names of a <see cref="Names"/> axis, with lines from the lowest seed to the highest.</summary>
    /// <param name="bars">A row of bars for each label: one value a name; NaN for none.</param>
    /// <param name="floor">Where bars begin.</param>
    public void AddBars(IReadOnlyList<(string Label, IReadOnlyList<Spread> Values)> bars, double floor = 0)
    {
        double width = (1 - _barGap) / bars.Count;
        for (int row = 0; row < bars.Count; row++)
        {
            var series = new RectangleBarSeries
            {
                Title = bars[row].Label, FillColor = CurveStyle.Fill(row), StrokeColor = OxyColors.Black, StrokeThickness = 0.8,
            };
            for (int i = 0; i < bars[row].Values.Count; i++)
            {
                Spread value = bars[row].Values[i];
                if (double.IsNaN(value.Mean))
                    continue;
                double left = i - (1 - _barGap) / 2 + row * width, middle = left + width / 2;
                series.Items.Add(new(left, floor, left + width, value.Mean));
                if (value.Low < value.High)
                    AddLine(null, new(OxyColors.Black, LineStyle.Solid, MarkerType.None), [(middle, value.Low), (middle, value.High)]);
            }
            Model.Series.Insert(row, series);
        }
    }

    /// <summary>A short thick line over one of the names, for theory.</summary>
    /// <param name="index">Number of the name.</param>
    /// <param name="y">Value.</param>
    /// <param name="label">For the legend; null for none.</param>
    /// <param name="row">Over which row of bars; null for all.</param>
    /// <param name="rows">Number of rows of bars.</param>
    public void AddTheory(int index, double y, string? label = null, int? row = null, int rows = 1)
    {
        double width = (1 - _barGap) / rows, left = index - (1 - _barGap) / 2 + (row ?? 0) * width;
        double right = row is null ? index + (1 - _barGap) / 2 : left + width;
        AddLine(label, new(OxyColors.Black, LineStyle.Solid, MarkerType.None), [(left - 0.03, y), (right + 0.03, y)], thickness: 3);
    }

    // Beside long numbers OxyPlot's own distance leaves too little.
    private static double TitleDistance(AxisPosition position) => position == AxisPosition.Left ? 11 : 4;
}
