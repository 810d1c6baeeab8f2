namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>How many samples there are of which class.</summary>
internal static class DataCard
{
    // Of more classes, only the ends are shown.
    private const int MostClasses = 50, ShownEnds = 10;

    public static Html Draw(RunFacts facts)
    {
        int[] shown = [.. Enumerable.Range(0, facts.Classes.Count)];
        Html? note = null;
        if (shown.Length > MostClasses)
        {
            int[] bySize = [.. shown.OrderByDescending(index => facts.TrainingSamples[index])];
            shown = [.. bySize[..ShownEnds], .. bySize[^ShownEnds..]];
            note = $"<p>The {ShownEnds} classes with the most training samples, and the {ShownEnds} with the fewest.</p>";
        }
        string[] head = facts.ValidationSamples is null ? ["class", "training"] : ["class", "training", "validation"];
        IEnumerable<string[]> rows = shown.Select(Cells).Append(
            ["all", .. Counts(facts.TrainingSamples.Sum(), facts.ValidationSamples?.Sum())]);
        return $"""
            <section class="card" id="data"><h2>Samples of {Quantity.Count(facts.Classes.Count)} classes</h2>
            {note}{ReportTable.Draw("Samples by class", head, rows)}</section>

            """;

        string[] Cells(int index) => [facts.Classes[index], .. Counts(facts.TrainingSamples[index], facts.ValidationSamples?[index])];

        static string[] Counts(long training, long? validation) =>
            validation is { } samples ? [Quantity.Count(training), Quantity.Count(samples)] : [Quantity.Count(training)];
    }
}
