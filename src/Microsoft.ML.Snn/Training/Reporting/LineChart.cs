namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>A curve: its name, and its points from left to right. Points that are not finite are left out.</summary>
internal sealed record ChartLine(string Name, IReadOnlyList<(int X, double Y)> Points);

/// <summary>Curves over whole numbers, such as epochs, as an SVG picture inside a card.</summary>
internal sealed record LineChart
{
    private const int Width = 360, Height = 212, Left = 48, Right = 350, Top = 8, Bottom = 176;

    // With more points, dots would hide the curve.
    private const int MostDots = 40;

    /// <summary>Of the card.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>Of the values, such as nats; empty where they have none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What is shown, for those who do not see it.</summary>
    public required string Description { get; init; }

    /// <summary>What the whole numbers are.</summary>
    public string XTitle { get; init; } = "epoch";

    /// <summary>What one of the whole numbers is called; null for the x title and the number.</summary>
    public Func<int, string>? XName { get; init; }

    public required IReadOnlyList<ChartLine> Lines { get; init; }

    /// <summary>How values are written.</summary>
    public Func<double, string> Format { get; init; } = Quantity.Number;

    /// <summary>How round values are written at the axis; null for <see cref="Format"/>.</summary>
    public Func<double, string>? TickFormat { get; init; }

    public bool IsLogarithmic { get; init; }

    /// <summary>Whether 0 is on the axis; without a meaning where it is logarithmic.</summary>
    public bool WithZero { get; init; } = true;

    /// <summary>Whether the legend has the last value of each curve.</summary>
    public bool ShowsLatest { get; init; } = true;

    /// <summary>A value to mark.</summary>
    public double? Reference { get; init; }

    public Html Draw()
    {
        ChartLine[] lines = [.. Lines.Select(line => line with { Points = [.. line.Points.Where(IsDrawn)] })];
        int[] places = [.. lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order()];
        double[] marked = Reference is { } mark ? [mark] : [];
        double[] values = [.. lines.SelectMany(line => line.Points).Select(point => point.Y), .. marked];
        ChartAxis x = ChartAxis.Numbers(places.FirstOrDefault(1), places.LastOrDefault(1));
        ChartAxis y = IsLogarithmic ? ChartAxis.Logarithmic(values) : ChartAxis.Linear(values, WithZero);
        return $"""
            <section class="card" id="{Id}"><h2>{Title}{(Unit.Length > 0 ? $" ({Unit})" : "")}</h2>
            <ul class="legend">{Each(lines, (line, i) => Legend(line, i))}</ul>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="{Id}-t {Id}-d">
            <title id="{Id}-t">{Title}</title><desc id="{Id}-d">{Description}</desc>
            {Html.Each(y.Ticks, tick => HorizontalLine(y, tick))}
            {Html.Each(x.Ticks, tick => $"""<text class="tick middle" x="{X(x, tick):0.#}" y="{Bottom + 15}">{tick}</text>""")}
            <text class="tick middle" x="{(Left + Right) / 2}" y="{Height - 4}">{XTitle}</text>
            {(Reference is { } value ? Mark(y, value) : null)}
            {Each(lines, (line, i) => Curve(line, i, x, y))}
            {(places.Length == 0 ? Nothing : null)}
            {Html.Each(places, place => Tip(place, lines, x, places.Length))}
            </svg></section>

            """;
    }

    private Html Nothing => $"""
        <text class="tick middle" x="{(Left + Right) / 2}" y="{(Top + Bottom) / 2 - 8}">
        {(IsLogarithmic ? "No value is above 0." : "No values.")}</text>
        """;

    private bool IsDrawn((int X, double Y) point) => double.IsFinite(point.Y) && (!IsLogarithmic || point.Y is > 1e-300 and < 1e300);

    private Html Legend(ChartLine line, int index)
    {
        string latest = ShowsLatest && line.Points is [.., var last] ? $" {Format(last.Y)}" : "";
        return $"""<li><span class="key c{index}"></span>{line.Name}{latest}</li>""";
    }

    private Html HorizontalLine(ChartAxis axis, double tick)
    {
        double y = Y(axis, tick);
        return $"""
            <path class="grid" d="M{Left} {y:0.#}H{Right}"/>
            <text class="tick end" x="{Left - 5}" y="{y + 3.5:0.#}">{(TickFormat ?? Format)(tick)}</text>

            """;
    }

    private static Html Mark(ChartAxis axis, double value) => $"""<path class="mark" d="M{Left} {Y(axis, value):0.#}H{Right}"/>""";

    private static Html Curve(ChartLine line, int index, ChartAxis x, ChartAxis y)
    {
        (double X, double Y)[] points = [.. line.Points.Select(point => (X(x, point.X), Y(y, point.Y)))];
        if (points.Length == 0)
            return $"";
        Html path = Html.Each(points.Skip(1), point => $"L{point.X:0.#} {point.Y:0.#}");
        Html dots = Html.Each(
            points.Length <= MostDots ? points : [],
            point => $"""<circle class="dot c{index}" cx="{point.X:0.#}" cy="{point.Y:0.#}" r="2.4"/>""");
        return $"<path class=\"line c{index}\" d=\"M{points[0].X:0.#} {points[0].Y:0.#}{path}\"/>{dots}\n";
    }

    /// <summary>A stripe over a place, which tells its values when it is pointed at.</summary>
    private Html Tip(int place, ChartLine[] lines, ChartAxis x, int places)
    {
        double half = (Right - Left) / 2.0 / Math.Max(1, places - 1), middle = X(x, place);
        double left = Math.Max(Left, middle - half), right = Math.Min(Right, middle + half);
        IEnumerable<string> values = lines.SelectMany(line => line.Points.Where(point => point.X == place)
            .Select(point => $"{line.Name} {Format(point.Y)}"));
        string name = XName?.Invoke(place) ?? $"{XTitle} {place}";
        return $"""
            <rect class="tip" x="{left:0.#}" y="{Top}" width="{right - left:0.#}" height="{Bottom - Top}">
            <title>{name}: {string.Join(", ", values)}</title></rect>

            """;
    }

    private static double X(ChartAxis axis, double value) => Left + (Right - Left) * axis.Place(value);

    private static double Y(ChartAxis axis, double value) => Bottom - (Bottom - Top) * axis.Place(value);

    private static Html Each(ChartLine[] lines, Func<ChartLine, int, Html> markup) =>
        Html.Each(lines.Index(), line => markup(line.Item, line.Index));
}
