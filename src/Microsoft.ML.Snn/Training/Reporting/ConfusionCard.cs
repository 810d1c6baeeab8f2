using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>
/// Which classes of the validation set were taken for which: a matrix where they are few, the most frequent confusions where many.
/// </summary>
internal sealed class ConfusionCard
{
    /// <summary>With more classes there is no matrix.</summary>
    public const int MostClasses = 50;

    private const int Left = 84, Top = 6, Side = 268, MostNumbers = 14, LongestName = 13;

    private readonly ConfusionCounts _confusion;
    private readonly IReadOnlyList<string> _classes;
    private readonly long[] _actual, _predicted;

    /// <param name="confusion">Counts.</param>
    /// <param name="classes">Names of the classes.</param>
    public ConfusionCard(ConfusionCounts confusion, IReadOnlyList<string> classes)
    {
        (_confusion, _classes, _actual, _predicted) = (confusion, classes, new long[classes.Count], new long[classes.Count]);
        foreach (((int actual, int predicted), long count) in confusion.Samples)
        {
            _actual[actual] += count;
            _predicted[predicted] += count;
        }
    }

    private bool HasMatrix => _classes.Count <= MostClasses;

    /// <param name="isModel">Whether the network of that epoch is the model.</param>
    public Html Draw(bool isModel)
    {
        long right = Enumerable.Range(0, _classes.Count).Sum(Right);
        return $"""
            <section class="card" id="confusion"><h2>Confusions in validation</h2>
            <p>After epoch {_confusion.Epoch}{(isModel ? ", whose network is the model" : "")}: {Quantity.Count(right)} of
            {Quantity.Count(_actual.Sum())} samples are classified correctly.</p>
            {(HasMatrix ? Matrix() : null)}
            {Frequent(HasMatrix ? 5 : 25)}
            {(HasMatrix ? ByClass() : null)}</section>

            """;
    }

    private long Right(int index) => _confusion.Samples.GetValueOrDefault((index, index));

    private Html Matrix() => $"""
        <svg viewBox="0 0 360 {Top + Side + 92}" role="img" aria-labelledby="confusion-t confusion-d">
        <title id="confusion-t">Confusion matrix</title>
        <desc id="confusion-d">A row for each actual class, a column for each predicted one; the table by class has numbers.</desc>
        {Html.Each(_confusion.Samples.OrderBy(pair => pair.Key), pair => Cell(pair.Key.Actual, pair.Key.Predicted, pair.Value))}
        <rect class="frame" x="{Left}" y="{Top}" width="{Side}" height="{Side}"/>
        {Html.Each(_classes.Index(), name => Names(name.Index, Quantity.Shortened(name.Item, LongestName)))}
        <text class="tick middle" x="{Left + Side / 2}" y="{Top + Side + 88}">predicted class</text>
        <text class="tick middle" transform="translate(9 {Top + Side / 2})rotate(-90)">actual class</text>
        </svg>

        """;

    private Html Cell(int actual, int predicted, long count)
    {
        double side = (double)Side / _classes.Count, x = Left + predicted * side, y = Top + actual * side;
        double share = (double)count / _actual[actual];
        Html? number = _classes.Count > MostNumbers ? null : (Html)$"""
            <text class="{(share > 0.6 ? "count on" : "count")}" x="{x + side / 2:0.##}" y="{y + side / 2 + 3.5:0.##}">{count}</text>
            """;
        return $"""
            <rect class="{(actual == predicted ? "heat" : "heat wrong")}"
            x="{x:0.##}" y="{y:0.##}" width="{side:0.##}" height="{side:0.##}" fill-opacity="{0.08 + 0.92 * share:0.###}">
            <title>{Taken(actual, predicted)}: {count} ({Quantity.Percent(share)})</title></rect>
            {number}

            """;
    }

    private Html Names(int index, string name)
    {
        double side = (double)Side / _classes.Count, middle = (index + 0.5) * side, size = Math.Clamp(side * 0.9, 4, 10);
        return $"""
            <text class="tick end" style="font-size:{size:0.#}px" x="{Left - 5}" y="{Top + middle + 3:0.##}">{name}</text>
            <text class="tick end" style="font-size:{size:0.#}px"
            transform="translate({Left + middle + 3:0.##} {Top + Side + 6})rotate(-90)">{name}</text>

            """;
    }

    private Html Frequent(int most)
    {
        string[][] rows = [.. _confusion.Samples.Where(pair => pair.Key.Actual != pair.Key.Predicted)
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(most).Select(pair => (string[])
            [
                Taken(pair.Key.Actual, pair.Key.Predicted), Quantity.Count(pair.Value),
                Quantity.Percent((double)pair.Value / _actual[pair.Key.Actual]),
            ])];
        return rows.Length == 0
            ? $"<p>No sample was taken for one of another class.</p>"
            : ReportTable.Draw("Most frequent confusions", ["most frequent confusions", "samples", "of the class"], rows);
    }

    private Html ByClass()
    {
        IEnumerable<string[]> rows = _classes.Select((name, index) => (string[])
        [
            name, Quantity.Count(_actual[index]), Quantity.Count(Right(index)), Share(Right(index), _actual[index]),
            Share(Right(index), _predicted[index]),
        ]);
        return $"""
            <details><summary>By class</summary>
            {ReportTable.Draw("Validation by class", ["class", "samples", "correct", "recall", "precision"], rows)}</details>

            """;
    }

    private string Taken(int actual, int predicted) =>
        actual == predicted ? $"{_classes[actual]}, recognized" : $"{_classes[actual]}, taken for {_classes[predicted]}";

    /// <summary>A dash where there are no samples.</summary>
    private static string Share(long part, long samples) => samples == 0 ? "–" : Quantity.Percent((double)part / samples);
}
