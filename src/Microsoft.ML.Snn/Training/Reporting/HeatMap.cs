namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>A row of a heat map: its name, and a value for each column.</summary>
internal sealed record HeatRow(string Name, IReadOnlyList<double> Values);

/// <summary>Values of layers over epochs as an SVG picture inside a card: the larger, the darker.</summary>
internal sealed record HeatMap
{
    private const int Width = 360, Left = 82, Right = 312, LongestName = 14;

    /// <summary>Of the card.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>What is shown, for those who do not see it.</summary>
    public required string Description { get; init; }

    /// <summary>The epochs of the columns.</summary>
    public required IReadOnlyList<int> Epochs { get; init; }

    public required IReadOnlyList<HeatRow> Rows { get; init; }

    /// <summary>Whether a value is outlined.</summary>
    public required Func<double, bool> IsMarked { get; init; }

    /// <summary>What it says of a value that it is outlined.</summary>
    public required string MarkedMeaning { get; init; }

    public Html Draw()
    {
        double height = Math.Clamp(200.0 / Rows.Count, 12, 20), cell = (double)(Right - Left) / Epochs.Count;
        double largest = Rows.SelectMany(row => row.Values).DefaultIfEmpty(0).Max(), bottom = Rows.Count * height + 4;
        bool anyMarked = Rows.Any(row => row.Values.Any(IsMarked));
        ChartAxis axis = ChartAxis.Numbers(Epochs[0], Epochs[^1]);
        // Columns are evenly spaced, and the epochs that they stand for nearly so.
        double Middle(double epoch) =>
            Epochs.Count == 1 ? (Left + Right) / 2.0 : Left + cell / 2 + (Right - Left - cell) * axis.Place(epoch);
        return $"""
            <section class="card" id="{Id}"><h2>{Title}</h2>
            <ul class="legend"><li>0 <span class="ramp"></span> {Quantity.Number(largest)}</li>
            {(anyMarked ? (Html)$"<li><span class=\"key marked\"></span>{MarkedMeaning}</li>" : null)}</ul>
            <svg viewBox="0 0 {Width} {bottom + 32:0.#}" role="img" aria-labelledby="{Id}-t {Id}-d">
            <title id="{Id}-t">{Title}</title><desc id="{Id}-d">{Description}</desc>
            {Html.Each(Rows.Index(), row => Row(row.Item, row.Index * height + 2, height, cell, largest))}
            {Html.Each(axis.Ticks, tick => $"""<text class="tick middle" x="{Middle(tick):0.#}" y="{bottom + 13:0.#}">{tick}</text>""")}
            <text class="tick middle" x="{(Left + Right) / 2}" y="{bottom + 28:0.#}">epoch</text>
            <text class="tick" x="{Right + 6}" y="{bottom + 13:0.#}">latest</text>
            </svg></section>

            """;
    }

    private Html Row(HeatRow row, double top, double height, double cell, double largest) => $"""
        <text class="tick end" x="{Left - 5}" y="{top + height / 2 + 3.5:0.#}">{Quantity.Shortened(row.Name, LongestName)}</text>
        {Html.Each(row.Values.Index(), value => Cell(row.Name, value.Item, value.Index, top, height, cell, largest))}
        <text class="{(IsMarked(row.Values[^1]) ? "bad" : "tick")}" x="{Right + 6}" y="{top + height / 2 + 3.5:0.#}">
        {row.Values[^1]:0.000}</text>

        """;

    private Html Cell(string name, double value, int column, double top, double height, double cell, double largest)
    {
        double left = Left + column * cell, gap = cell > 6 ? 1 : 0;
        return $"""
            <rect class="{(IsMarked(value) ? "heat marked" : "heat")}"
            x="{left:0.##}" y="{top:0.##}" width="{cell - gap:0.##}" height="{height - 1:0.##}"
            fill-opacity="{(largest > 0 ? value / largest : 0):0.###}"><title>{name}, epoch {Epochs[column]}: {value:0.0000}</title></rect>

            """;
    }
}
