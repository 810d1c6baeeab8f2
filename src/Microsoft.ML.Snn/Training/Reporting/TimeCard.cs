using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>Where the time of all epochs went.</summary>
internal static class TimeCard
{
    public static Html Draw(IReadOnlyList<EpochRecord> epochs)
    {
        TimeSpan input = Sum(epoch => epoch.Metrics.InputWait), forward = Sum(epoch => epoch.Metrics.ForwardTime);
        TimeSpan backward = Sum(epoch => epoch.Metrics.BackwardTime), update = Sum(epoch => epoch.Metrics.UpdateTime);
        TimeSpan rest = Sum(epoch => epoch.Training) - input - forward - backward - update;
        (string Name, TimeSpan Time)[] parts = [.. ((string, TimeSpan Time)[])
        [
            ("waiting for input", input), ("forward", forward), ("backward", backward), ("update", update),
            ("rest of training", rest > TimeSpan.Zero ? rest : TimeSpan.Zero), ("validation", Sum(epoch => epoch.Validation)),
            ("diagnostics", Sum(epoch => epoch.Diagnostics)),
        ]];
        double all = Math.Max(parts.Sum(part => part.Time.TotalSeconds), double.Epsilon);
        return $"""
            <section class="card" id="time"><h2>Time</h2>
            <p class="bar" aria-hidden="true">{Html.Each(parts.Index(), part =>
                $"""<span class="t{part.Index}" style="width:{100 * part.Item.Time.TotalSeconds / all:0.##}%"></span>""")}</p>
            <table class="numbers">
            <thead><tr><th scope="col">part</th><th scope="col">time</th><th scope="col">share</th></tr></thead><tbody>
            {Html.Each(parts.Index().Where(part => part.Item.Time > TimeSpan.Zero), part => $"""
                <tr><th scope="row"><span class="key t{part.Index}"></span>{part.Item.Name}</th>
                <td>{Quantity.Duration(part.Item.Time)}</td><td>{Quantity.Percent(part.Item.Time.TotalSeconds / all)}</td></tr>

                """)}</tbody></table></section>

            """;

        TimeSpan Sum(Func<EpochRecord, TimeSpan> part) => new(epochs.Sum(epoch => part(epoch).Ticks));
    }
}
